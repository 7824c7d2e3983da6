import type { PubSubMessage } from '../protocols/redis.js';
import { Fifo } from './fifo.js';
import { Gap } from './gap.js';

/** A UTF-16 unit takes at most two bytes. */
const bytesPerUnit = 2;

const sizeOf = (message: PubSubMessage): number => message.data.length * bytesPerUnit;

/** The messages that wait for a consumer, bounded in number and size, with the gaps between them in their places. */
export class MessageQueue {
  readonly #capacity: number;
  readonly #capacityBytes: number;
  readonly #items = new Fifo<PubSubMessage | Gap>();
  #messages = 0;
  #bytes = 0;
  /** What was dropped before the first item. */
  #head: Gap | undefined;
  /** The last item, if it is a gap. */
  #tail: Gap | undefined;
  #since = 0;

  constructor(limits: { readonly capacity: number; readonly capacityBytes: number }) {
    this.#capacity = limits.capacity;
    this.#capacityBytes = limits.capacityBytes;
  }

  /** Nothing waits, neither messages nor gaps. */
  get empty(): boolean {
    return this.#head === undefined && this.#items.length === 0;
  }

  get messages(): number {
    return this.#messages;
  }

  /** When the oldest message waiting was published at the earliest. Milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  /** A single message always has room. */
  hasRoomFor(message: PubSubMessage): boolean {
    if (this.#messages === 0) return true;
    return this.#messages < this.#capacity && this.#bytes + sizeOf(message) <= this.#capacityBytes;
  }

  /** @param provenAt what was published before it has arrived. */
  push(message: PubSubMessage, provenAt: number): void {
    if (this.#messages === 0) this.#since = provenAt;
    this.#items.push(message);
    this.#messages += 1;
    this.#bytes += sizeOf(message);
    this.#tail = undefined;
  }

  /** Marks that messages may be missing after the last one. */
  mark(gap: Gap): void {
    const neighbour = this.#tail ?? (this.#items.length === 0 ? this.#head : undefined);
    if (neighbour !== undefined) return neighbour.merge(gap);
    this.#items.push(gap);
    this.#tail = gap;
  }

  /** Drops the oldest message, and makes the gaps around it one. @returns whether that begins a new gap. */
  dropOldest(): boolean {
    const begins = this.#head === undefined;
    this.#head ??= new Gap('overflow', this.#since, Date.now());
    for (;;) {
      const item = this.#next();
      if (item instanceof Gap) {
        this.#head.merge(item);
        continue;
      }
      if (item !== undefined) this.#head.merge(new Gap('overflow', this.#since, Date.now(), 1));
      return begins;
    }
  }

  shift(): PubSubMessage | Gap | undefined {
    const head = this.#head;
    if (head === undefined) return this.#next();
    this.#head = undefined;
    return head;
  }

  clear(): void {
    this.#items.clear();
    this.#messages = 0;
    this.#bytes = 0;
    this.#head = undefined;
    this.#tail = undefined;
  }

  #next(): PubSubMessage | Gap | undefined {
    const item = this.#items.shift();
    if (item instanceof Gap) {
      if (item === this.#tail) this.#tail = undefined;
    } else if (item !== undefined) {
      this.#messages -= 1;
      this.#bytes -= sizeOf(item);
    }
    return item;
  }
}
