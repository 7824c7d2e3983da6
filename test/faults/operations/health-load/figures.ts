import type { IncomingMessage, ServerResponse } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export const figuresPath = '/figures';

/** Of the process that was asked, since it was asked the time before. */
export interface Figures {
  /** How late a timer of 10 ms came, the 99th percentile: what the histogram has, without the 10 ms. */
  readonly lagP99Ms: number;
  readonly lagP90Ms: number;
  readonly lagMaxMs: number;
  /** What the process has computed since it began. Hardly depends on who else uses the machine. */
  readonly cpuMs: number;
  /** After a collection of garbage. */
  readonly heapBytes: number;
}

const resolutionMs = 10;
const perMs = 1e6;

/** Measures this process and tells it at {@link figuresPath}. */
export function measureProcess(): (request: IncomingMessage, response: ServerResponse) => boolean {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  return ({ url }, response) => {
    if (url !== figuresPath) return false;
    const lag = (nanoseconds: number): number => Math.max(0, nanoseconds / perMs - resolutionMs);
    const told = {
      lagP99Ms: lag(delays.percentile(99)),
      lagP90Ms: lag(delays.percentile(90)),
      lagMaxMs: lag(delays.max),
    };
    const { user, system } = process.cpuUsage();
    collect();
    const figures: Figures = {
      ...told,
      cpuMs: (user + system) / 1_000,
      heapBytes: process.memoryUsage().heapUsed,
    };
    response.end(JSON.stringify(figures));
    // The collection is none of the service's.
    setTimeout(() => delays.reset(), resolutionMs * 2);
    return true;
  };
}
