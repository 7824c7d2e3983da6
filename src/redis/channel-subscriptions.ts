import type { RedisError } from '../errors/redis-error.js';
import type { ComponentState } from '../protocols/component.js';
import type { SubscribeOptions } from '../protocols/redis.js';
import { ShardSubscriptions } from './cluster/shard-subscriptions.js';
import { Connection } from './connection.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { RedisEndpoint } from './endpoint.js';
import { subscribeTimedOut, subscriptionOverflowed } from './failures.js';
import type { PubSubCounts } from './pubsub-stats.js';
import { queueLimits } from './subscribe-options.js';
import { QueuedSubscription, type SubscriptionKind, type SubscriptionOwner } from './subscription.js';
import { SubscriptionHub } from './subscription-hub.js';
import type { Waiter } from './topic.js';

/** A dead link is found within 3 turns of it and a little: 2.25 s. */
const heartbeat = { intervalMs: 750, turns: 2 };

interface ChannelOptions {
  /** What comes for the subscriptions is added to it. */
  readonly counts: PubSubCounts;
  readonly onState: (state: ComponentState) => void;
}

/**
 * The subscriptions to channels, patterns and shard channels. They share one connection, opened with the first of them;
 * in a cluster, where a shard channel is on the servers of its slot alone, those have one to each master that has some.
 */
export class ChannelSubscriptions {
  readonly #endpoint: RedisEndpoint;
  readonly #connection: Connection;
  readonly #hub: SubscriptionHub;
  readonly #shards: ShardSubscriptions | undefined;
  readonly #waiting: DeadlineQueue<Waiter>;
  readonly #owner: SubscriptionOwner;

  constructor(endpoint: RedisEndpoint, { counts, onState }: ChannelOptions) {
    this.#endpoint = endpoint;
    const { clientId, cluster, deadlineMs, logger } = endpoint;
    const waiting = new DeadlineQueue<Waiter>(deadlineMs, (waiter) => {
      waiter.settle(subscribeTimedOut(endpoint, waiter.topic.name, deadlineMs, this.#lastError));
      void waiter.subscription.close();
    });
    const renewing = (channels: number, since: number): void =>
      logger.warn('Redis subscriptions are renewed: messages may be missing', {
        clientId,
        channels,
        since: new Date(since),
      });
    const hub = new SubscriptionHub({ waiting, renewing });
    const connection = { name: `${clientId}:pubsub`, heartbeat, onState };
    this.#waiting = waiting;
    this.#hub = hub;
    this.#connection = new Connection(endpoint, {
      ...connection,
      onLink: (link) => {
        cluster?.endWithServer(link);
        hub.attach(link);
      },
      onLinkLost: () => hub.detach(),
    });
    this.#shards =
      cluster === undefined
        ? undefined
        : new ShardSubscriptions(cluster, { connection, hub: { waiting, renewing } });
    this.#owner = {
      counts,
      get provenAt() {
        return hub.provenAt;
      },
      leave: (subscription) => hub.remove(subscription),
      overflowed: ({ channel, options: { capacity, overflow } }) =>
        logger.warn('Redis subscription loses messages: its consumer is too slow', {
          clientId,
          channel,
          capacity,
          overflow,
        }),
      overflowError: ({ channel, options }) => subscriptionOverflowed(endpoint, channel, options.capacity),
    };
  }

  /** The first is that of channels and patterns. */
  get connections(): readonly [Connection, ...Connection[]] {
    return [this.#connection, ...(this.#shards?.connections ?? [])];
  }

  /** Of connections that are closed. */
  get pastReconnects(): number {
    return this.#shards?.pastReconnects ?? 0;
  }

  get size(): number {
    return this.#hub.size + (this.#shards?.size ?? 0);
  }

  /** Resolves when the server has confirmed it. */
  async open(
    kind: SubscriptionKind,
    channel: string,
    options: SubscribeOptions,
  ): Promise<QueuedSubscription> {
    const { onGap, signal } = options;
    const { clientId, logger } = this.#endpoint;
    logger.debug('Redis subscribe', { clientId, kind, channel });
    const shards = kind === 'shard' ? this.#shards : undefined;
    const subscription = new QueuedSubscription({
      ...queueLimits(options),
      kind,
      channel,
      owner: shards === undefined ? this.#owner : this.#ownerIn(shards, channel),
      onGap,
      signal,
    });
    const confirmed = (shards ?? this.#hub).add(subscription);
    // Its failure is the subscription's: the deadline passes, or stop() ends it.
    if (shards === undefined) this.#connection.startPatiently().catch(() => {});
    await confirmed;
    return subscription;
  }

  /** Ends every subscription and closes their connections. */
  async stop(reason: RedisError): Promise<void> {
    this.#hub.clear(reason);
    const stopping = Promise.all([this.#connection.stop(), this.#shards?.stop(reason) ?? Promise.resolve()]);
    this.#waiting.clear();
    await stopping;
  }

  get #lastError(): RedisError | undefined {
    const { connections } = this;
    return (connections.find(({ state }) => state === 'unavailable') ?? connections[0]).lastError;
  }

  #ownerIn(shards: ShardSubscriptions, channel: string): SubscriptionOwner {
    const owner = this.#owner;
    return {
      counts: owner.counts,
      get provenAt() {
        return shards.provenAt(channel);
      },
      leave: (subscription) => shards.remove(subscription),
      overflowed: (subscription) => owner.overflowed(subscription),
      overflowError: (subscription) => owner.overflowError(subscription),
    };
  }
}
