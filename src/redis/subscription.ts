import type { RedisError } from '../errors/redis-error.js';
import type {
  PubSubEvent,
  PubSubGap,
  PubSubMessage,
  SubscribeOptions,
  Subscription,
} from '../protocols/redis.js';
import { Gap } from './gap.js';
import { MessageQueue } from './message-queue.js';
import { onAbort } from './on-abort.js';
import type { PubSubCounts } from './pubsub-stats.js';
import { Readers } from './readers.js';

/** Who feeds subscriptions. */
export interface SubscriptionOwner {
  /** Of all its subscriptions. */
  readonly counts: PubSubCounts;
  /** Everything published before this moment has arrived. Milliseconds since the epoch. */
  readonly provenAt: number;
  /** Takes a subscription off its channel. Never rejects. */
  leave(subscription: QueuedSubscription): Promise<void>;
  /** A subscription begins to lose messages. */
  overflowed(subscription: QueuedSubscription): void;
  /** The error of a subscription that ends by its overflow. */
  overflowError(subscription: QueuedSubscription): RedisError;
}

export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

/** The options that have a default, with it. */
export type QueueLimits = Required<Pick<SubscribeOptions, 'capacity' | 'capacityBytes' | 'overflow'>>;

export interface QueuedSubscriptionOptions extends QueueLimits {
  readonly kind: SubscriptionKind;
  readonly channel: string;
  readonly owner: SubscriptionOwner;
  readonly onGap?: ((gap: PubSubGap) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One consumer's view of a channel: a bounded queue between the connection, which never waits, and the consumer. */
export class QueuedSubscription implements Subscription {
  readonly options: QueuedSubscriptionOptions;
  readonly #queue: MessageQueue;
  readonly #readers = new Readers<PubSubEvent>();
  #dropped = 0;
  #gaps = 0;
  #ended = false;
  /** Why it ended, where nobody asked for it. */
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;
  readonly #unwatch: (() => void) | undefined;

  constructor(options: QueuedSubscriptionOptions) {
    this.options = options;
    this.#queue = new MessageQueue(options);
    const { signal } = options;
    if (signal !== undefined) this.#unwatch = onAbort(signal, () => void this.close());
  }

  get channel(): string {
    return this.options.channel;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** Takes a message from the connection. */
  push(message: PubSubMessage): void {
    if (this.#ended) return;
    this.options.owner.counts.received += 1;
    if (this.#readers.resolve(message)) return;
    if (this.#queue.hasRoomFor(message)) this.#queue.push(message, this.options.owner.provenAt);
    else this.#overflow(message);
  }

  /** Takes word that messages may be missing here. */
  announce(gap: Gap): void {
    if (this.#ended) return;
    this.#countGap();
    if (this.#readers.waiting) this.#readers.tell(gap.toEvent(this.channel), this.options.onGap);
    else this.#queue.mark(gap);
  }

  /** Ends the iteration without a word to the server; with an error if the consumer has to know why. */
  end(failure?: Error): void {
    this.#queue.clear();
    this.#end(failure);
  }

  close(): Promise<void> {
    const known = !this.#ended;
    this.end();
    this.#closing ??= known ? this.options.owner.leave(this) : Promise.resolve();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<PubSubMessage> {
    // Its reader is told of nothing but messages.
    return this.#iterate([], false) as AsyncIterableIterator<PubSubMessage>;
  }

  listen(): AsyncIterableIterator<PubSubEvent> {
    return this.#iterate([{ type: 'subscribe', channel: this.channel, data: this.channel }], true);
  }

  #iterate(first: PubSubEvent[], wantsGaps: boolean): AsyncIterableIterator<PubSubEvent> {
    return this.#readers.iterate({
      wantsGaps,
      take: () => {
        if (this.#ended && this.#queue.empty) return undefined;
        return first.shift() ?? this.#take(wantsGaps);
      },
      end: () => (this.#ended ? { failure: this.#failure } : undefined),
    });
  }

  #take(wantsGaps: boolean): PubSubEvent | undefined {
    for (;;) {
      const item = this.#queue.shift();
      if (!(item instanceof Gap)) return item;
      const event = item.toEvent(this.channel);
      this.options.onGap?.(event);
      if (wantsGaps) return event;
    }
  }

  #overflow(message: PubSubMessage): void {
    const { overflow, owner } = this.options;
    if (overflow === 'drop-oldest') {
      this.#makeRoomFor(message);
      return;
    }
    const all = overflow === 'disconnect';
    const lost = all ? this.#queue.messages + 1 : 1;
    const since = all ? this.#queue.since : owner.provenAt;
    if (all) this.#queue.clear();
    this.#queue.mark(new Gap('overflow', since, Date.now(), lost));
    this.#drop(lost);
    this.#countGap();
    owner.overflowed(this);
    this.#end(all ? undefined : owner.overflowError(this));
    this.#closing = owner.leave(this);
  }

  #makeRoomFor(message: PubSubMessage): void {
    const queue = this.#queue;
    const { owner } = this.options;
    let beginsGap = false;
    while (!queue.hasRoomFor(message)) {
      if (queue.dropOldest()) beginsGap = true;
      this.#drop(1);
    }
    queue.push(message, owner.provenAt);
    if (!beginsGap) return;
    this.#countGap();
    owner.overflowed(this);
  }

  #drop(messages: number): void {
    this.#dropped += messages;
    this.options.owner.counts.dropped += messages;
  }

  #countGap(): void {
    this.#gaps += 1;
    this.options.owner.counts.gaps += 1;
  }

  #end(failure: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#unwatch?.();
    this.#readers.end(failure);
  }
}
