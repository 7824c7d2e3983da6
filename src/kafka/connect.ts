import { DriverError, isMisconfiguration } from './driver-error.js';
import type { ProducerPort } from './producer-port.js';

/** The longest a TCP connection takes. */
export const connectTimeoutMs = 3_000;
/** The longest a producer takes to be ready: connection, versions, metadata, producer id. */
export const readyTimeoutMs = 8_000;

const maxBackoffMs = 1_000;

/** How long to wait before attempt `attempt` + 1: doubled each time up to a second, spread by a fifth. */
export function backoffMs(firstMs: number, attempt: number): number {
  const pause = Math.min(firstMs * 2 ** Math.min(attempt, 10), Math.max(firstMs, maxBackoffMs));
  return pause * (0.8 + Math.random() * 0.4);
}

/** Connects a producer or consumer, or kills it and throws a {@link DriverError}. */
export async function connect(
  port: Pick<ProducerPort, 'connect' | 'kill'>,
  timeoutMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const give = (): void =>
      reject(new DriverError('timeout', `no answer within ${Math.round(timeoutMs)} ms`));
    // Timers cut off fractions: a caller whose time ends with this attempt has to see that it is over.
    timer = setTimeout(give, Math.ceil(timeoutMs) + 1);
  });
  try {
    await Promise.race([port.connect(), late]);
  } catch (reason) {
    await port.kill();
    throw DriverError.of(reason);
  } finally {
    clearTimeout(timer);
  }
}

export interface Persistence {
  readonly timeoutMs: number;
  /** How often it is tried at most. */
  readonly attempts: number;
  readonly retryBackoffMs: number;
  /** Between attempts. Who ends it ends the wait, not the attempts. */
  readonly pause: Pause;
  /** Is the connection no longer wanted? */
  readonly isClosed: () => boolean;
}

/**
 * Tries to connect until it succeeds, with pauses that grow.
 * @param attempt is given the milliseconds that are left.
 * @throws DriverError what went wrong last, if it does not succeed in time or cannot.
 */
export async function persist(
  attempt: (leftMs: number) => Promise<void>,
  { timeoutMs, attempts, retryBackoffMs, pause, isClosed }: Persistence,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  let last: DriverError | undefined;
  for (let count = 0; !isClosed(); count += 1) {
    const left = end - performance.now();
    if (left <= 0) break;
    try {
      return await attempt(left);
    } catch (reason) {
      // The end of the time cuts an attempt short; the attempt before it tells more.
      last = last && performance.now() >= end ? last : DriverError.of(reason);
      if (isMisconfiguration(last.kind) || count + 1 >= attempts) break;
    }
    await pause.wait(Math.min(backoffMs(retryBackoffMs, count), left));
  }
  throw last ?? new DriverError('timeout', 'no answer in time');
}

/** A wait that can be cut short. */
export class Pause {
  #end: (() => void) | undefined;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end(): void {
    this.#end?.();
    this.#end = undefined;
  }
}
