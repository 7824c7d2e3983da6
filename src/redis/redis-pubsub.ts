import type { RedisError } from '../errors/redis-error.js';
import { encodeNotification } from '../events/notification.js';
import type { ComponentState } from '../protocols/component.js';
import type {
  DurableMessage,
  DurableOptions,
  DurableSubscription,
  GroupMessage,
  GroupOptions,
  NotificationData,
  PublishDurableOptions,
  RedisPubSubProtocol,
  SubscribeOptions,
  Subscription,
} from '../protocols/redis.js';
import { text } from './commands/arguments.js';
import { channelName, publish, spublish } from './commands/pubsub.js';
import { xadd } from './commands/streams.js';
import { Connection } from './connection.js';
import { keepSubscriberMode } from './driver.js';
import type { RedisEndpoint } from './endpoint.js';
import { stopped, subscribeTimedOut, subscriptionOverflowed } from './failures.js';
import type { ObservedCommands } from './observed-commands.js';
import type { PubSubCounts, PubSubStats } from './pubsub-stats.js';
import { StreamCursor } from './stream-cursor.js';
import { StreamGroup } from './stream-group.js';
import type { StreamSubscription, StreamSubscriptionOptions } from './stream-subscription.js';
import { durableOptions, groupOptions, queueLimits } from './subscribe-options.js';
import { QueuedSubscription, type SubscriptionKind, type SubscriptionOwner } from './subscription.js';
import { SubscriptionHub } from './subscription-hub.js';

/** A dead link is found within 3 turns of it and a little: 2.25 s. */
const heartbeat = { intervalMs: 750, turns: 2 };

export interface RedisPubSubOptions {
  /** The state of one of its connections changed. */
  readonly onState?: (state: ComponentState) => void;
}

/**
 * Publish and subscribe. All subscriptions to channels share one connection, opened with the first of them and apart
 * from the one for commands, because the server closes a connection with subscriptions when a large reply is slow to be
 * read. Each subscription to a stream has one of its own, on which it waits.
 *
 * Redis keeps no messages of channels: what is published while the connection is away is missed. Each subscription that
 * may have missed some is told so, see {@link PubSubGap}. What must not be missed goes through a stream.
 */
export class RedisPubSub implements RedisPubSubProtocol, AsyncDisposable {
  readonly #endpoint: RedisEndpoint;
  readonly #commands: ObservedCommands;
  readonly #subscriber: Connection;
  readonly #hub: SubscriptionHub;
  readonly #owner: SubscriptionOwner;
  readonly #counts: PubSubCounts = { received: 0, dropped: 0, gaps: 0 };
  readonly #streams = new Set<StreamSubscription<DurableMessage>>();
  readonly #onState: (state: ComponentState) => void;
  /** Of connections that are closed. */
  #pastReconnects = 0;

  /** Made by `RedisClient`, whose command connection publishes: take it from `client.pubsub`. */
  constructor(
    endpoint: RedisEndpoint,
    commands: ObservedCommands,
    { onState = () => {} }: RedisPubSubOptions = {},
  ) {
    this.#endpoint = endpoint;
    this.#commands = commands;
    this.#onState = onState;
    const { clientId, deadlineMs, logger } = endpoint;
    const hub = new SubscriptionHub({
      deadlineMs,
      timedOut: ({ name }) => subscribeTimedOut(endpoint, name, deadlineMs, this.#subscriber.lastError),
      renewing: (channels, since) =>
        logger.warn('Redis subscriptions are renewed: messages may be missing', {
          clientId,
          channels,
          since: new Date(since),
        }),
    });
    this.#hub = hub;
    this.#owner = {
      counts: this.#counts,
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
    this.#subscriber = new Connection(endpoint, {
      name: `${clientId}:pubsub`,
      heartbeat,
      onLink: (link) => {
        keepSubscriberMode(link.redis);
        hub.attach(link);
      },
      onLinkLost: () => hub.detach(),
      onState,
    });
  }

  /** The state of the connections for subscriptions: `unavailable` if one is; `stopped` if there is none. */
  get connection(): Pick<Connection, 'state' | 'reconnects' | 'lastError'> {
    const all = [this.#subscriber, ...[...this.#streams].map(({ connection }) => connection)];
    const { state, lastError } = all.find((one) => one.state === 'unavailable') ?? this.#subscriber;
    const reconnects = all.reduce((sum, one) => sum + one.reconnects, this.#pastReconnects);
    return { state, lastError, reconnects };
  }

  /** How many subscriptions to channels, patterns and shard channels are open. */
  get subscriptions(): number {
    return this.#hub.size;
  }

  /** What is open, and what came for it since the client was made. */
  stats(): PubSubStats {
    return { ...this.#counts, channels: this.#hub.size, streams: this.#streams.size };
  }

  publish(channel: string, message: string): Promise<number> {
    this.#endpoint.logger.debug('Redis publish', { clientId: this.#endpoint.clientId, channel });
    return this.#commands.run(publish, channel, message);
  }

  subscribe(channel: string, options?: SubscribeOptions): Promise<Subscription> {
    return this.#open('channel', channel, options);
  }

  psubscribe(pattern: string, options?: SubscribeOptions): Promise<Subscription> {
    return this.#open('pattern', pattern, options);
  }

  spublish(channel: string, message: string): Promise<number> {
    this.#endpoint.logger.debug('Redis spublish', { clientId: this.#endpoint.clientId, channel });
    return this.#commands.run(spublish, channel, message);
  }

  ssubscribe(channel: string, options?: SubscribeOptions): Promise<Subscription> {
    return this.#open('shard', channel, options);
  }

  publishDurable(stream: string, message: string, options: PublishDurableOptions = {}): Promise<string> {
    this.#endpoint.logger.debug('Redis publishDurable', { clientId: this.#endpoint.clientId, stream });
    return this.#commands.run(xadd, stream, message, options);
  }

  async subscribeDurable(stream: string, options: DurableOptions = {}): Promise<DurableSubscription> {
    text('subscribeDurable', 'stream', stream);
    const { onGap, signal } = options;
    const values = durableOptions(options);
    return this.#openStream(new StreamCursor({ ...this.#streamOptions(stream), ...values, onGap, signal }));
  }

  async subscribeGroup(stream: string, options: GroupOptions): Promise<DurableSubscription<GroupMessage>> {
    text('subscribeGroup', 'stream', stream);
    const { onGap, signal } = options;
    const values = groupOptions(options);
    const commands = this.#commands;
    return this.#openStream(
      new StreamGroup({ ...this.#streamOptions(stream), ...values, commands, onGap, signal }),
    );
  }

  getUserChannel(userId: string): string {
    return `ws:${text('getUserChannel', 'userId', userId)}`;
  }

  async publishUserNotification(userId: string, eventType: string, data: NotificationData): Promise<number> {
    const channel = this.getUserChannel(userId);
    text('publishUserNotification', 'eventType', eventType);
    return this.publish(channel, encodeNotification(eventType, data));
  }

  /** Ends every subscription and closes their connections. Idempotent; a later subscribe opens them again. */
  async stop(): Promise<void> {
    this.#hub.clear(stopped(this.#endpoint));
    await Promise.all([this.#subscriber.stop(), ...[...this.#streams].map((stream) => stream.close())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #open(kind: SubscriptionKind, name: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const channel = channelName(kind, name);
    const limits = queueLimits(options);
    const { onGap, signal } = options;
    this.#assertOpen(signal);
    const { clientId, logger } = this.#endpoint;
    logger.debug('Redis subscribe', { clientId, kind, channel });
    const subscription = new QueuedSubscription({
      ...limits,
      kind,
      channel,
      owner: this.#owner,
      onGap,
      signal,
    });
    const confirmed = this.#hub.add(subscription);
    // Its failure is the subscription's: the deadline passes, or stop() ends it.
    this.#subscriber.startPatiently().catch(() => {});
    await confirmed;
    return subscription;
  }

  async #openStream<S extends StreamSubscription<DurableMessage>>(subscription: S): Promise<S> {
    this.#assertOpen(subscription.signal);
    const { clientId, logger } = this.#endpoint;
    logger.debug('Redis subscribe', { clientId, stream: subscription.stream });
    this.#streams.add(subscription);
    await subscription.open();
    return subscription;
  }

  #streamOptions(stream: string): Omit<StreamSubscriptionOptions, 'batch'> {
    return {
      endpoint: this.#endpoint,
      stream,
      counts: this.#counts,
      onState: this.#onState,
      onClose: (closed) => {
        if (this.#streams.delete(closed)) this.#pastReconnects += closed.connection.reconnects;
      },
    };
  }

  /** @throws RedisError if the client takes no operations now, or the signal's reason. */
  #assertOpen(signal: AbortSignal | undefined): void {
    const refusal: RedisError | undefined = this.#commands.refusal;
    if (refusal !== undefined) throw refusal;
    signal?.throwIfAborted();
  }
}
