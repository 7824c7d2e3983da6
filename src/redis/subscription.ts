import type { PubSubMessage, Subscription } from '../protocols/redis.js';
import { Fifo } from './fifo.js';

export interface SubscriptionOptions {
  readonly channel: string;
  /** Messages kept for a consumer that is slower than its channel; the oldest give way. */
  readonly capacity: number;
  /** Takes the subscription off its channel. Called once. */
  readonly onClose: () => Promise<void>;
  /** Called when the first message is dropped. */
  readonly onDrop: () => void;
}

interface Reader {
  readonly resolve: (result: IteratorResult<PubSubMessage, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** One consumer's view of a channel: a bounded queue between the connection, which never waits, and the consumer. */
export class QueuedSubscription implements Subscription {
  readonly channel: string;
  readonly #options: SubscriptionOptions;
  readonly #queue = new Fifo<PubSubMessage>();
  readonly #readers = new Fifo<Reader>();
  #dropped = 0;
  #ended = false;
  /** Why it ended, where nobody asked for it. */
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SubscriptionOptions) {
    this.channel = options.channel;
    this.#options = options;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a message from the connection. */
  push(message: PubSubMessage): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: message });
      return;
    }
    this.#queue.push(message);
    if (this.#queue.length <= this.#options.capacity) return;
    this.#queue.shift();
    this.#dropped += 1;
    if (this.#dropped === 1) this.#options.onDrop();
  }

  /** Ends the iteration without a word to the server; with an error if the consumer has to know why. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#queue.clear();
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      if (failure === undefined) reader.resolve({ done: true, value: undefined });
      else reader.reject(failure);
    }
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      const known = !this.#ended;
      this.end();
      this.#closing = known ? this.#options.onClose() : Promise.resolve();
    }
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<PubSubMessage> {
    return this.#iterate([]);
  }

  listen(): AsyncIterableIterator<PubSubMessage> {
    return this.#iterate([{ type: 'subscribe', channel: this.channel, data: this.channel }]);
  }

  /** Leaving a loop over it does not close the subscription: it can be read on. */
  #iterate(first: PubSubMessage[]): AsyncIterableIterator<PubSubMessage> {
    let finished = false;
    const iterator: AsyncIterableIterator<PubSubMessage> = {
      next: () => {
        if (finished) return Promise.resolve({ done: true, value: undefined });
        if (this.#ended) {
          finished = true;
          return this.#failure === undefined
            ? Promise.resolve({ done: true, value: undefined })
            : Promise.reject(this.#failure);
        }
        const value = first.shift() ?? this.#queue.shift();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
      },
      return: () => {
        finished = true;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }
}
