import { createHook } from 'node:async_hooks';

interface Trace {
  readonly kind: string;
  readonly stack: string;
}

const kinds = /^(Timeout|TCP|TLS|Pipe|Process|FSEvent|UDP|Worker|MessagePort)/;
const notOfTests = /node_modules\/(mocha|c8)\/|testing\/leaks\//;
const traces = new Map<number, Trace>();
let isTracing = false;

/** Records from now on where each timer and handle is made. That is slow: on demand only. */
export function traceResources(): void {
  if (isTracing) return;
  isTracing = true;
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 30);
  createHook({
    init(id, kind) {
      if (!kinds.test(kind)) return;
      const frames = stackHere();
      const own = frames.filter((frame) => !/\(?node:/.test(frame));
      if (own[0] === undefined ? frames.length === 0 : notOfTests.test(own[0])) return;
      traces.set(id, { kind, stack: (own.length > 0 ? own : frames).join('\n') });
    },
    destroy(id) {
      traces.delete(id);
    },
  }).enable();
}

function stackHere(): readonly string[] {
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, stackHere);
  return (here.stack ?? '').split('\n').slice(2);
}

/** Where what is open was made, of up to fifty; empty unless traced. */
export function placesOfResources(): string {
  if (traces.size === 0) return '';
  const places = [...traces.values()].slice(0, 50).map(({ kind, stack }) => `  ${kind}\n${stack}`);
  return `\nMade at:\n${places.join('\n')}`;
}
