import { protocol } from '../../tokens/protocol.js';
import type { DurableOptions, DurableSubscription, GroupMessage, GroupOptions } from './durable.js';

/** What was published. */
export interface PubSubMessage {
  readonly type: 'message';
  readonly channel: string;
  /** The published text. Bytes that are no UTF-8 read as U+FFFD. */
  readonly data: string;
  /** On a subscription to a pattern: that pattern. */
  readonly pattern?: string;
}

/** The server confirmed the subscription. */
export interface PubSubConfirmation {
  readonly type: 'subscribe';
  /** The subscription's channel, pattern or stream. */
  readonly channel: string;
  /** The same again, as the Python original has it. */
  readonly data: string;
}

/** Messages may be missing here. What stands before it and after it is complete. */
export interface PubSubGap {
  readonly type: 'gap';
  /** The subscription's channel, pattern or stream. */
  readonly channel: string;
  /**
   * - `connection`: the connection was lost; Redis keeps no messages for who is away.
   * - `overflow`: the consumer was too slow, and its queue was full.
   * - `trimmed`: entries of a stream were gone before they were read.
   */
  readonly reason: 'connection' | 'overflow' | 'trimmed';
  /** What was missed was published at this moment or later, by this process's clock. */
  readonly since: Date;
  /** What was missed was published at this moment or earlier, by this process's clock. */
  readonly until: Date;
  /** How many are known to be missing; after a lost connection nobody knows whether there were any, or more. */
  readonly dropped: number;
}

/** What `listen()` gives. */
export type PubSubEvent = PubSubMessage | PubSubConfirmation | PubSubGap;

/**
 * A subscription that the server has confirmed. A loop over it gives messages only, in the order they were published;
 * `listen()` gives the confirmation first, as the Python original does, and each gap in its place.
 *
 * Leaving a loop does not close the subscription: it can be read on. Several loops share the messages, each goes to one
 * of them. It ends when it is closed, when its signal aborts, or when the client stops.
 */
export interface Subscription extends AsyncIterable<PubSubMessage>, AsyncDisposable {
  /** The channel, or the pattern. */
  readonly channel: string;
  /** Messages lost because they were not read in time. */
  readonly dropped: number;
  /** Gaps so far, whether or not a loop has come to them yet. */
  readonly gaps: number;
  listen(): AsyncIterableIterator<PubSubEvent>;
  /** Idempotent. Messages not yet read are dropped. */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  /** How many messages wait for a consumer that is slower than its channel. At least 1, default 1000. */
  readonly capacity?: number;
  /**
   * How much text may wait, two bytes counted for a character; a single message always may. At least 1, default
   * 16777216.
   */
  readonly capacityBytes?: number;
  /**
   * What happens to a message for which there is no room:
   * - `drop-oldest` (default): the oldest ones waiting give way, and a gap stands in their place.
   * - `error`: the subscription ends. Its loop reads what waits and then throws SLIPWAY_REDIS_OVERFLOW.
   * - `disconnect`: the subscription ends at once. What waits is dropped, and its loop ends without an error.
   */
  readonly overflow?: 'drop-oldest' | 'error' | 'disconnect';
  /**
   * Called for each gap, when the loop comes to it: before the first message after the gap. What it throws is thrown by
   * the loop.
   */
  readonly onGap?: (gap: PubSubGap) => void;
  /** Aborted before the confirmation it rejects with the signal's reason; afterwards it closes the subscription. */
  readonly signal?: AbortSignal;
}

export interface PublishDurableOptions {
  /**
   * About how many entries the stream keeps; the server trims it a little late, and never below. At least 1, default
   * 10000. Infinity keeps all.
   */
  readonly maxLength?: number;
}

/** Data of a notification, as JSON. */
export type NotificationData = Readonly<Record<string, unknown>>;

/** Publish and subscribe over Redis. */
export interface RedisPubSubProtocol {
  /** @returns how many connections got the message. */
  publish(channel: string, message: string): Promise<number>;
  /** Resolves when the server has confirmed it: what is published from then on arrives, or a gap does. */
  subscribe(channel: string, options?: SubscribeOptions): Promise<Subscription>;
  /** {@link subscribe}, to all channels that match a glob pattern (`*`, `?`, `[a-z]`); messages tell their channel. */
  psubscribe(pattern: string, options?: SubscribeOptions): Promise<Subscription>;
  /** {@link publish} to a shard channel, which in a cluster stays on the shard of its slot. Redis 7 or later. */
  spublish(channel: string, message: string): Promise<number>;
  /** {@link subscribe} to a shard channel. Shard channels and others of the same name have nothing to do with each other. */
  ssubscribe(channel: string, options?: SubscribeOptions): Promise<Subscription>;
  /**
   * Appends a message to a stream, which keeps it for those who are away.
   * @returns its id.
   */
  publishDurable(stream: string, message: string, options?: PublishDurableOptions): Promise<string>;
  /** Reads a stream, each reader all of it. Resolves when its place is known. */
  subscribeDurable(stream: string, options?: DurableOptions): Promise<DurableSubscription>;
  /** Reads a stream as a member of a group, which shares it: each message goes to one member, until it is acknowledged. */
  subscribeGroup(stream: string, options: GroupOptions): Promise<DurableSubscription<GroupMessage>>;
  /** `ws:<userId>`. */
  getUserChannel(userId: string): string;
  /** Publishes `{"event": eventType, "data": data}` on the user's channel. */
  publishUserNotification(userId: string, eventType: string, data: NotificationData): Promise<number>;
}
export const RedisPubSubProtocol = protocol<RedisPubSubProtocol>()('RedisPubSubProtocol', [
  'publish',
  'subscribe',
  'psubscribe',
  'spublish',
  'ssubscribe',
  'publishDurable',
  'subscribeDurable',
  'subscribeGroup',
  'getUserChannel',
  'publishUserNotification',
]);
