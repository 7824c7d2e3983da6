import { DriverError } from './driver-error.js';
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
