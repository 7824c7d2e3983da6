import type { RedisError } from '../errors/redis-error.js';
import { subscribe, unsubscribe } from './commands/pubsub.js';
import { DeadlineQueue, type Expirable } from './deadline-queue.js';
import type { Link } from './link.js';
import type { QueuedSubscription } from './subscription.js';

interface Channel {
  readonly name: string;
  readonly subscriptions: Set<QueuedSubscription>;
  /** Has the server confirmed it on the present link? */
  confirmed: boolean;
  readonly waiters: Set<Waiter>;
}

interface Waiter extends Expirable {
  settled: boolean;
  readonly subscription: QueuedSubscription;
  readonly channel: Channel;
  readonly settle: (error?: RedisError) => void;
}

/**
 * Which channels are wanted, by whom, and whether the server knows. The set of channels is the truth: each new link is
 * asked for all of them anew, so a loss at any moment, even within a SUBSCRIBE, forgets nothing. One server
 * subscription serves all of a channel's local ones.
 *
 * SUBSCRIBE and UNSUBSCRIBE settle in the order they are written, so counting needs no lock: the books are kept
 * synchronously, and the last word written to the server agrees with them.
 */
export class SubscriptionHub {
  readonly #channels = new Map<string, Channel>();
  readonly #waiting: DeadlineQueue<Waiter>;
  #link: Link | undefined;

  /** @param timedOut the error of a subscription that was not confirmed within `deadlineMs`. */
  constructor(deadlineMs: number, timedOut: (channel: string) => RedisError) {
    this.#waiting = new DeadlineQueue(deadlineMs, (waiter) => waiter.settle(timedOut(waiter.channel.name)));
  }

  /** Takes a new link and asks it for all channels. */
  attach(link: Link): void {
    this.#link = link;
    link.redis.on('message', (name, data) => this.#deliver(name, data));
    for (const channel of this.#channels.values()) this.#request(channel);
  }

  detach(): void {
    this.#link = undefined;
    for (const channel of this.#channels.values()) channel.confirmed = false;
  }

  /** Resolves when the server has confirmed the channel; rejects, and forgets the subscription, if it does not in time. */
  add(subscription: QueuedSubscription): Promise<void> {
    let channel = this.#channels.get(subscription.channel);
    if (channel === undefined) {
      channel = {
        name: subscription.channel,
        subscriptions: new Set(),
        confirmed: false,
        waiters: new Set(),
      };
      this.#channels.set(channel.name, channel);
      channel.subscriptions.add(subscription);
      this.#request(channel);
    } else {
      channel.subscriptions.add(subscription);
    }
    return channel.confirmed ? Promise.resolve() : this.#confirmation(channel, subscription);
  }

  /** Resolves when the server, if anyone else does not want the channel, has been told and has answered. */
  async remove(subscription: QueuedSubscription): Promise<void> {
    const channel = this.#channels.get(subscription.channel);
    if (channel?.subscriptions.delete(subscription) !== true || channel.subscriptions.size > 0) return;
    this.#channels.delete(channel.name);
    if (this.#link?.writable !== true) return;
    // A link that ends meanwhile has no subscriptions left either.
    await this.#link.request(unsubscribe(channel.name)).catch(() => {});
  }

  /** Ends every subscription. */
  clear(reason: RedisError): void {
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const channel of channels) endChannel(channel, reason);
    this.#waiting.clear();
  }

  #confirmation(channel: Channel, subscription: QueuedSubscription): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        expiresAt: 0,
        settled: false,
        subscription,
        channel,
        settle: (error) => {
          if (waiter.settled) return;
          waiter.settled = true;
          channel.waiters.delete(waiter);
          if (error === undefined) return resolve();
          reject(error);
          void subscription.close();
        },
      };
      channel.waiters.add(waiter);
      this.#waiting.add(waiter);
    });
  }

  #request(channel: Channel): void {
    const link = this.#link;
    if (link?.writable !== true) return;
    link.request(subscribe(channel.name)).then(
      () => {
        if (this.#link !== link || this.#channels.get(channel.name) !== channel) return;
        channel.confirmed = true;
        for (const waiter of channel.waiters) waiter.settle();
      },
      (error: RedisError) => {
        // A lost link says nothing about the channel; the next one is asked again.
        if (error.code === 'SLIPWAY_REDIS_CONNECTION_LOST' || this.#channels.get(channel.name) !== channel)
          return;
        this.#channels.delete(channel.name);
        endChannel(channel, error, error);
      },
    );
  }

  #deliver(name: string, data: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    const message = { type: 'message', channel: name, data } as const;
    for (const subscription of channel.subscriptions) subscription.push(message);
  }
}

function endChannel(channel: Channel, reason: RedisError, failure?: RedisError): void {
  for (const waiter of channel.waiters) waiter.settle(reason);
  for (const subscription of channel.subscriptions) subscription.end(failure);
}
