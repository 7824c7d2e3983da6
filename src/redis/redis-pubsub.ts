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
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { text } from './commands/arguments.js';
import { channelName, publish, spublish } from './commands/pubsub.js';
import { xadd } from './commands/streams.js';
import type { Connection } from './connection.js';
import type { RedisEndpoint } from './endpoint.js';
import { stopped } from './failures.js';
import type { ObservedCommands } from './observed-commands.js';
import type { PubSubCounts, PubSubStats } from './pubsub-stats.js';
import { StreamCursor } from './stream-cursor.js';
import { StreamGroup } from './stream-group.js';
import type { StreamSubscription, StreamSubscriptionOptions } from './stream-subscription.js';
import { durableOptions, groupOptions } from './subscribe-options.js';
import type { SubscriptionKind } from './subscription.js';

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
  readonly #channels: ChannelSubscriptions;
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
    this.#channels = new ChannelSubscriptions(endpoint, { counts: this.#counts, onState });
  }

  /** The state of the connections for subscriptions: `unavailable` if one is; `stopped` if there is none. */
  get connection(): Pick<Connection, 'state' | 'reconnects' | 'lastError'> {
    const { connections, pastReconnects } = this.#channels;
    const all = [...connections, ...[...this.#streams].map(({ connection }) => connection)];
    const { state, lastError } = all.find((one) => one.state === 'unavailable') ?? connections[0];
    const reconnects = all.reduce((sum, one) => sum + one.reconnects, this.#pastReconnects + pastReconnects);
    return { state, lastError, reconnects };
  }

  /** How many subscriptions to channels, patterns and shard channels are open. */
  get subscriptions(): number {
    return this.#channels.size;
  }

  stats(): PubSubStats {
    return { ...this.#counts, channels: this.#channels.size, streams: this.#streams.size };
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
    const streams = [...this.#streams].map((stream) => stream.close());
    await Promise.all([this.#channels.stop(stopped(this.#endpoint)), ...streams]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #open(kind: SubscriptionKind, name: string, options: SubscribeOptions = {}): Promise<Subscription> {
    const channel = channelName(kind, name);
    this.#assertOpen(options.signal);
    return this.#channels.open(kind, channel, options);
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
