import { describeError } from '../../errors/describe.js';
import { SlipwayError } from '../../errors/slipway-error.js';
import type { Logger } from '../../protocols/logger.js';
import { callHandler, type Limits, type Message, type Scopes } from './attempt.js';

export interface AttemptOptions {
  readonly message: Message;
  /** From 1. */
  readonly number: number;
  readonly scopes: Scopes | undefined;
  readonly logger: Logger;
}

/** One attempt: until its handler, its deadline or its partition ends, whichever is first. */
export class RunningAttempt implements Limits {
  readonly #options: AttemptOptions;
  readonly #group: RunningAttempts;
  readonly #startedAt = performance.now();
  /** Made for the handlers that ask for it: it costs more than all else of an attempt. */
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #cause: SlipwayError | undefined;
  #hasEnded = false;
  #reject: (reason: unknown) => void = () => undefined;

  constructor(options: AttemptOptions, group: RunningAttempts) {
    this.#options = options;
    this.#group = group;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#cause) this.#controller.abort(this.#cause);
    }
    return this.#controller.signal;
  }

  get deadline(): Date {
    return new Date(Date.now() + this.#leftMs);
  }

  get #leftMs(): number {
    const { handlerTimeoutMs } = this.#options.message.route.handling;
    return handlerTimeoutMs - (performance.now() - this.#startedAt);
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#group.add(this);
      const { message, number, scopes } = this.#options;
      const onError = (error: unknown): void => {
        if (this.#cause) this.#logLate(error);
        this.#end();
        reject(error);
      };
      try {
        const running = callHandler(message, number, this, scopes);
        if (running === undefined) {
          this.#end();
          resolve();
        } else {
          running.then(() => {
            this.#end();
            resolve();
          }, onError);
        }
      } catch (error) {
        onError(error);
      }
    });
  }

  /** It is not over at once, so its deadline counts. Idempotent. */
  watch(): void {
    if (this.#timer) return;
    const { handlerTimeoutMs } = this.#options.message.route.handling;
    this.#timer = setTimeout(() => this.#stop(this.#timeoutError(handlerTimeoutMs)), this.#leftMs);
  }

  /** Its partition goes. */
  giveUp(): void {
    const { source, record } = this.#options.message;
    const error = new SlipwayError('SLIPWAY_KAFKA_CONSUMER_STOPPED', {
      message: `The consumer no longer has ${source.topic}-${source.partition}; offset ${record.offset} is handled by whoever has it next. End the work.`,
      context: { topic: source.topic, partition: source.partition, offset: String(record.offset) },
    });
    this.#stop(error);
  }

  #stop(error: SlipwayError): void {
    if (this.#hasEnded) return;
    this.#cause = error;
    this.#controller?.abort(error);
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#group.delete(this);
  }

  #logLate(error: unknown): void {
    this.#options.logger.debug('handler failed after its signal was aborted', {
      error: describeError(error),
    });
  }

  #timeoutError(timeoutMs: number): SlipwayError {
    const { source, record, event } = this.#options.message;
    return new SlipwayError('SLIPWAY_KAFKA_HANDLER_TIMEOUT', {
      message: `The handler of ${event.eventType} did not end within ${timeoutMs} ms, for offset ${record.offset} of ${source.topic}-${source.partition}. Let it heed its signal, or raise handlerTimeoutMs.`,
      context: {
        topic: source.topic,
        partition: source.partition,
        offset: String(record.offset),
        timeoutMs,
      },
    });
  }
}

/** The attempts of one partition that run. */
export class RunningAttempts {
  readonly #running = new Set<RunningAttempt>();
  #isLooking = false;

  add(attempt: RunningAttempt): void {
    this.#running.add(attempt);
    if (this.#isLooking) return;
    this.#isLooking = true;
    // Most are over before this turn of the event loop is: they need no timer.
    setImmediate(() => this.#watch());
  }

  delete(attempt: RunningAttempt): void {
    this.#running.delete(attempt);
  }

  giveUp(): void {
    for (const attempt of this.#running) attempt.giveUp();
  }

  #watch(): void {
    this.#isLooking = false;
    for (const attempt of this.#running) attempt.watch();
  }
}
