import { backoffMs, connect, Pause, persist, readyTimeoutMs } from './connect.js';
import { DriverError } from './driver-error.js';
import { Heartbeat } from './heartbeat.js';
import type { KafkaDriver, ProducerOptions, ProducerPort } from './producer-port.js';

export interface LinkEvents {
  /** Kafka answered a question, as it does every few seconds while all is well. */
  readonly onAlive: () => void;
  /** A connected broker does not answer. A new connection is sought. */
  readonly onSilent: (failure: DriverError) => void;
  /** Kafka was not reached. It is sought on. */
  readonly onDown: (failure: DriverError) => void;
  readonly onUp: () => void;
}

/**
 * The bus's own connection, which carries no messages: it proves at start that Kafka is there, notices when it goes or no
 * longer answers, and seeks it until it is back. So the bus's state is true also while nobody publishes.
 */
export class Link {
  readonly #driver: KafkaDriver;
  readonly #options: ProducerOptions;
  readonly #events: LinkEvents;
  readonly #pause = new Pause();
  #producer: ProducerPort | undefined;
  #heartbeat: Heartbeat | undefined;
  #restoring: Promise<void> | undefined;
  #closed = false;

  constructor(driver: KafkaDriver, options: ProducerOptions, events: LinkEvents) {
    this.#driver = driver;
    this.#options = options;
    this.#events = events;
  }

  /**
   * @param attempts how often it is tried at most.
   * @throws DriverError what went wrong last, if Kafka is not reached in time. Nothing is left open then.
   */
  open(timeoutMs: number, attempts = Infinity): Promise<void> {
    return persist((leftMs) => this.#connect(leftMs), {
      timeoutMs,
      attempts,
      retryBackoffMs: this.#options.retryBackoffMs,
      pause: this.#pause,
      isClosed: () => this.#closed,
    });
  }

  /** Seeks Kafka from now on, after an {@link open} that failed. */
  seek(): void {
    if (!this.#closed) this.#restoring = this.#seek().finally(() => (this.#restoring = undefined));
  }

  /** There is a sign that Kafka is back: seek it now and not at the end of the pause. */
  nudge(): void {
    this.#pause.end();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#heartbeat?.stop();
    this.#pause.end();
    const producer = this.#producer;
    this.#producer = undefined;
    if (this.#restoring) await Promise.all([producer?.kill(), this.#restoring]);
    else await producer?.close();
  }

  async #connect(timeoutMs: number): Promise<void> {
    const producer = this.#driver.createProducer({
      ...this.#options,
      onDisconnect: () => {
        if (this.#producer === producer) this.#restore(producer);
      },
    });
    this.#producer = producer;
    await connect(producer, timeoutMs);
    if (!this.#closed) this.#listen(producer);
  }

  #listen(producer: ProducerPort): void {
    if (!producer.ping) return;
    const { onAlive, onSilent } = this.#events;
    this.#heartbeat = new Heartbeat(() => producer.ping?.() ?? Promise.resolve(), {
      onAnswer: onAlive,
      onSilence: (failure) => {
        if (this.#producer !== producer || this.#restoring) return;
        onSilent(failure);
        this.#restore(producer);
      },
    });
  }

  #restore(lost: ProducerPort): void {
    if (this.#closed || this.#restoring) return;
    this.#heartbeat?.stop();
    this.#restoring = lost
      .kill()
      .then(() => this.#seek())
      .finally(() => {
        this.#restoring = undefined;
      });
  }

  async #seek(): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt += 1) {
      try {
        await this.#connect(readyTimeoutMs);
        if (!this.#closed) this.#events.onUp();
        return;
      } catch (reason) {
        if (!this.#closed) this.#events.onDown(DriverError.of(reason));
      }
      await this.#pause.wait(backoffMs(this.#options.retryBackoffMs, attempt));
    }
  }
}
