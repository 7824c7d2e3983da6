import { Writable } from 'node:stream';
import { describeError } from '../errors/describe.js';
import type { Logger } from '../protocols/logger.js';
import { type LifecycleEvent, type ReleaseEvent, containerEvents } from './events.js';

/** Tells of a stop while it goes on. */
export interface Teller {
  /** The signal came; what is released from now on is told. */
  begin(signal: NodeJS.Signals): void;
  force(signal: NodeJS.Signals): void;
  /** Tells no more. */
  close(): void;
}

interface Step {
  readonly level: 'info' | 'warn';
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export function tellerOf(to: Writable | Logger | false): Teller {
  if (to === false) return tellerWith(() => {});
  if (to instanceof Writable) return tellerWith(({ text }) => to.write(`${text}\n`));
  return tellerWith(({ level, text, data }) => to[level](text, data));
}

function tellerWith(tell: (step: Step) => unknown): Teller {
  const onRelease = (event: unknown): void => {
    const { token, scope, durationMs, error } = event as ReleaseEvent;
    const data = { token, scope, durationMs };
    if (error === undefined) tell({ level: 'info', text: `${token} released in ${ms(durationMs)}`, data });
    else {
      const text = `${token} not released after ${ms(durationMs)}: ${describeError(error)}`;
      tell({ level: 'warn', text, data });
    }
  };
  const onLifecycle = (event: unknown): void => {
    const { state, durationMs, error } = event as LifecycleEvent;
    if (state === 'draining') tell({ level: 'info', text: 'Waiting for open scopes' });
    if (state !== 'stopped') return;
    const level = error === undefined ? 'info' : 'warn';
    tell({ level, text: `Stopped in ${ms(durationMs)}`, data: { durationMs } });
  };
  return {
    begin(signal) {
      tell({ level: 'info', text: `Stopping on ${signal}`, data: { signal } });
      containerEvents.release.subscribe(onRelease);
      containerEvents.lifecycle.subscribe(onLifecycle);
    },
    force(signal) {
      tell({ level: 'warn', text: `Forced to end by ${signal}`, data: { signal } });
    },
    close() {
      containerEvents.release.unsubscribe(onRelease);
      containerEvents.lifecycle.unsubscribe(onLifecycle);
    },
  };
}

function ms(duration: number): string {
  return `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`;
}
