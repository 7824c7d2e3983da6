import type { RedisError } from '../errors/redis-error.js';
import { encodeNotification } from '../events/notification.js';
import type { ComponentState } from '../protocols/component.js';
import type { NotificationData, RedisPubSubProtocol, Subscription } from '../protocols/redis.js';
import { text } from './commands/arguments.js';
import { publish } from './commands/pubsub.js';
import { Connection } from './connection.js';
import type { RedisEndpoint } from './endpoint.js';
import { stopped, subscribeTimedOut } from './failures.js';
import { QueuedSubscription } from './subscription.js';
import { SubscriptionHub } from './subscription-hub.js';

/** A dead link is found within 3 turns of it and a little: 2.25 s. */
const heartbeat = { intervalMs: 750, turns: 2 };
const queueCapacity = 1000;

export interface RedisPubSubOptions {
  /** The state of the subscriber connection changed. */
  readonly onState?: (state: ComponentState) => void;
}

/**
 * Publish and subscribe. All subscriptions share one connection, opened with the first of them and apart from the one
 * for commands, because the server closes a connection with subscriptions when a large reply is slow to be read.
 *
 * Redis keeps no messages: what is published while the connection is away is missed. Each subscription buffers up to
 * 1000 unread messages, then drops the oldest and counts them in {@link Subscription.dropped}.
 */
export class RedisPubSub implements RedisPubSubProtocol, AsyncDisposable {
  readonly #endpoint: RedisEndpoint;
  readonly #commands: Pick<Connection, 'run' | 'refusal'>;
  readonly #subscriber: Connection;
  readonly #hub: SubscriptionHub;

  /** Made by `RedisClient`, whose command connection publishes: take it from `client.pubsub`. */
  constructor(
    endpoint: RedisEndpoint,
    commands: Pick<Connection, 'run' | 'refusal'>,
    { onState }: RedisPubSubOptions = {},
  ) {
    this.#endpoint = endpoint;
    this.#commands = commands;
    const timedOut = (channel: string): RedisError =>
      subscribeTimedOut(endpoint, channel, endpoint.deadlineMs, this.#subscriber.lastError);
    const hub = new SubscriptionHub(endpoint.deadlineMs, timedOut);
    this.#hub = hub;
    this.#subscriber = new Connection(endpoint, {
      name: `${endpoint.clientId}:pubsub`,
      heartbeat,
      onLink: (link) => hub.attach(link),
      onLinkLost: () => hub.detach(),
      ...(onState === undefined ? {} : { onState }),
    });
  }

  /** Of the subscriber connection, which is `stopped` until the first subscription. */
  get connection(): Pick<Connection, 'state' | 'reconnects' | 'lastError'> {
    return this.#subscriber;
  }

  publish(channel: string, message: string): Promise<number> {
    this.#endpoint.logger.debug('Redis publish', { clientId: this.#endpoint.clientId, channel });
    return this.#commands.run(publish, channel, message);
  }

  /**
   * Resolves when the server has confirmed the subscription: nothing published from then on is missed as long as the
   * connection holds. After a loss the subscription is renewed by itself.
   */
  async subscribe(channel: string): Promise<Subscription> {
    text('subscribe', 'channel', channel);
    const { clientId, logger } = this.#endpoint;
    const { refusal } = this.#commands;
    if (refusal !== undefined) throw refusal;
    logger.debug('Redis subscribe', { clientId, channel });
    const subscription: QueuedSubscription = new QueuedSubscription({
      channel,
      capacity: queueCapacity,
      onClose: () => this.#hub.remove(subscription),
      onDrop: () =>
        logger.warn('Redis subscription drops messages: its consumer is too slow', {
          clientId,
          channel,
          capacity: queueCapacity,
        }),
    });
    const confirmed = this.#hub.add(subscription);
    // Its failure is the subscription's: the deadline passes, or stop() ends it.
    this.#subscriber.startPatiently().catch(() => {});
    await confirmed;
    return subscription;
  }

  getUserChannel(userId: string): string {
    return `ws:${text('getUserChannel', 'userId', userId)}`;
  }

  async publishUserNotification(userId: string, eventType: string, data: NotificationData): Promise<number> {
    const channel = this.getUserChannel(userId);
    text('publishUserNotification', 'eventType', eventType);
    return this.publish(channel, encodeNotification(eventType, data));
  }

  /** Ends every subscription and closes the subscriber connection. Idempotent; a later subscribe opens it again. */
  async stop(): Promise<void> {
    this.#hub.clear(stopped(this.#endpoint));
    await this.#subscriber.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
