import { DriverError } from './driver-error.js';

export interface HeartbeatOptions {
  /** From an answer to the next question. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A frozen broker is noticed after 6 s at the latest; a pause of its garbage collector is not. */
export const kafkaHeartbeat: HeartbeatOptions = { intervalMs: 3_000, timeoutMs: 3_000 };

export interface HeartbeatEvents {
  readonly onAnswer: () => void;
  /** No answer came. It is the last event. */
  readonly onSilence: (failure: DriverError) => void;
}

/**
 * Asks over and over whether the other side is there. Nothing else finds a broker that is frozen, or that the network
 * swallows, while nothing is sent to it: the connection stays open.
 */
export class Heartbeat {
  readonly #ping: () => Promise<void>;
  readonly #events: HeartbeatEvents;
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(ping: () => Promise<void>, events: HeartbeatEvents, options = kafkaHeartbeat) {
    this.#ping = ping;
    this.#events = events;
    this.#options = options;
    this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(() => void this.#ask(), this.#options.intervalMs);
    this.#timer.unref();
  }

  async #ask(): Promise<void> {
    try {
      await this.#answer();
    } catch (reason) {
      if (!this.#stopped) this.#events.onSilence(DriverError.of(reason));
      return;
    }
    if (this.#stopped) return;
    this.#events.onAnswer();
    this.#wait();
  }

  async #answer(): Promise<void> {
    const { timeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const give = (): void =>
        reject(new DriverError('timeout', `a connected broker did not answer within ${timeoutMs} ms`));
      // A process that was busy itself first reads what has arrived meanwhile.
      timer = setTimeout(() => setImmediate(give), timeoutMs);
      timer.unref();
    });
    try {
      await Promise.race([this.#ping(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
