import type { RedisError } from '../errors/redis-error.js';
import type { PubSubMessage } from '../protocols/redis.js';
import type { Expirable } from './deadline-queue.js';
import { Gap } from './gap.js';
import type { QueuedSubscription, SubscriptionKind } from './subscription.js';

/** A subscription that the server has not confirmed yet. */
export interface Waiter extends Expirable {
  settled: boolean;
  readonly subscription: QueuedSubscription;
  readonly topic: Topic;
  readonly settle: (error?: RedisError) => void;
}

/** A channel, pattern or shard channel, and the local subscriptions that one on the server serves. */
export class Topic {
  readonly kind: SubscriptionKind;
  readonly name: string;
  readonly subscriptions = new Set<QueuedSubscription>();
  /** What the present link knows: nothing, that it was asked for, that the server has confirmed it. */
  state: 'unknown' | 'asked' | 'confirmed' = 'unknown';
  readonly #waiters = new Map<QueuedSubscription, Waiter>();
  /** Set while messages may be missed. Milliseconds since the epoch. */
  #lostSince: number | undefined;

  constructor(kind: SubscriptionKind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** Was it confirmed before, and lost with its link? */
  get isRenewal(): boolean {
    return this.#lostSince !== undefined;
  }

  /** Resolves when the server has confirmed it. */
  confirmation(subscription: QueuedSubscription, watch: (waiter: Waiter) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        expiresAt: 0,
        settled: false,
        subscription,
        topic: this,
        settle: (error) => {
          if (waiter.settled) return;
          waiter.settled = true;
          this.#waiters.delete(subscription);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiters.set(subscription, waiter);
      watch(waiter);
    });
  }

  /** Takes off a subscription; one that still waited rejects with the reason its caller gave. */
  remove(subscription: QueuedSubscription): boolean {
    const { signal } = subscription.options;
    if (signal?.aborted === true) this.#waiters.get(subscription)?.settle(signal.reason as RedisError);
    return this.subscriptions.delete(subscription);
  }

  deliver(message: PubSubMessage): void {
    // The confirmations of one command are reported together, and messages may come between them.
    if (this.#lostSince !== undefined) this.confirm();
    for (const subscription of this.subscriptions) subscription.push(message);
  }

  /** The link is gone. @param provenAt what was published before it has arrived. */
  lose(provenAt: number): void {
    if (this.state === 'confirmed') this.#lostSince ??= provenAt;
    this.state = 'unknown';
  }

  confirm(): void {
    this.state = 'confirmed';
    if (this.#lostSince !== undefined) this.#found();
    for (const waiter of this.#waiters.values()) waiter.settle();
  }

  /** Ends all its subscriptions, with an error if their consumers have to know why. */
  end(reason: RedisError, failure?: RedisError): void {
    for (const waiter of this.#waiters.values()) waiter.settle(reason);
    for (const subscription of this.subscriptions) subscription.end(failure);
  }

  /** Messages come again: those who were promised the ones of the time between are told. */
  #found(): void {
    const since = this.#lostSince ?? 0;
    this.#lostSince = undefined;
    const until = Date.now();
    for (const subscription of this.subscriptions) {
      if (!this.#waiters.has(subscription)) subscription.announce(new Gap('connection', since, until));
    }
  }
}
