import type { RedisError } from '../errors/redis-error.js';
import { isMoved } from './cluster/redirect.js';
import { subscribe, unsubscribe } from './commands/pubsub.js';
import type { DeadlineQueue } from './deadline-queue.js';
import { keepSubscriberMode, onMessage } from './driver.js';
import type { Link } from './link.js';
import type { QueuedSubscription, SubscriptionKind } from './subscription.js';
import { Topic, type Waiter } from './topic.js';
import { batches, kinds, Topics } from './topics.js';

/** How long until a channel is asked for again whose renewal the server refused for reasons that pass. */
const retryMs = 500;

export interface SubscriptionHubOptions {
  /** Watches over those that the server has not confirmed yet. */
  readonly waiting: DeadlineQueue<Waiter>;
  /** So many channels are asked for anew: what was published since then may be missed. */
  readonly renewing: (channels: number, since: number) => void;
  /**
   * In a cluster: the server has the slot of a shard channel no more, as it said by itself or in place of a confirmation.
   * Has to {@link SubscriptionHub.release} the topic.
   */
  readonly onMoved?: (topic: Topic, link: Link, error: RedisError | undefined) => void;
}

/**
 * Which channels are wanted, by whom, and whether the server knows. The set of topics is the truth: each new link is
 * asked for all of them anew, so a loss at any moment, even within a SUBSCRIBE, forgets nothing. One server
 * subscription serves all of a channel's local ones.
 *
 * What changed within a tick is compared with what the server was told, and the difference goes out at its end, many
 * names in one command. SUBSCRIBE and UNSUBSCRIBE settle in the order they are written, so counting needs no lock: the
 * books are kept synchronously, and the last word written to the server agrees with them.
 */
export class SubscriptionHub {
  readonly #options: SubscriptionHubOptions;
  readonly #topics = new Topics();
  readonly #changed = new Set<Topic>();
  /** Shard channels that are being left, with how many commands that do so are under way. */
  readonly #leaving = new Map<string, number>();
  /** Settles when the changes of this tick have been carried out. */
  #flushing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #link: Link | undefined;
  #provenAt = 0;
  #size = 0;

  constructor(options: SubscriptionHubOptions) {
    this.#options = options;
  }

  /** Local subscriptions. */
  get size(): number {
    return this.#size;
  }

  /** What was published before this moment has arrived. Milliseconds since the epoch. */
  get provenAt(): number {
    return this.#link?.provenAt ?? this.#provenAt;
  }

  topic(kind: SubscriptionKind, name: string): Topic | undefined {
    return this.#topics.get(kind, name);
  }

  topics(): readonly Topic[] {
    return this.#topics.all();
  }

  /** Takes a new link and asks it for all channels. */
  attach(link: Link): void {
    this.#link = link;
    this.#leaving.clear();
    keepSubscriberMode(link.redis, (name) => this.#shardLeft(link, name));
    onMessage(link.redis, (kind, name, message) => {
      if (this.#link === link) this.#topics.get(kind, name)?.deliver(message);
    });
    const topics = this.#topics.all();
    const renewals = topics.filter((topic) => topic.isRenewal).length;
    if (renewals > 0) this.#options.renewing(renewals, this.#provenAt);
    for (const topic of topics) this.#changed.add(topic);
    void this.#flush();
  }

  detach(): void {
    this.#provenAt = this.provenAt;
    this.#link = undefined;
    for (const topic of this.#topics.all()) topic.lose(this.#provenAt);
  }

  /** Resolves when the server has confirmed the channel; rejects, and forgets the subscription, if it does not in time. */
  add(subscription: QueuedSubscription): Promise<void> {
    const { kind, channel: name } = subscription.options;
    const topic = this.#topics.get(kind, name) ?? new Topic(kind, name);
    this.#topics.add(topic);
    topic.subscriptions.add(subscription);
    this.#size += 1;
    if (topic.state === 'confirmed') return Promise.resolve();
    if (topic.state === 'unknown') void this.#change(topic);
    return topic.confirmation(subscription, (waiter) => this.#options.waiting.add(waiter));
  }

  /** Resolves when the server, if nobody else wants the channel, has been told and has answered. */
  async remove(subscription: QueuedSubscription): Promise<void> {
    const { kind, channel: name } = subscription.options;
    const topic = this.#topics.get(kind, name);
    if (topic?.remove(subscription) !== true) return;
    this.#size -= 1;
    if (topic.subscriptions.size === 0) await this.#change(topic);
  }

  /** Hands a topic over to another hub; messages may be missing from then on. @param since or from this moment on. */
  release(topic: Topic, since = Infinity): Topic {
    this.#topics.delete(topic);
    this.#changed.delete(topic);
    this.#size -= topic.subscriptions.size;
    if (topic.state !== 'unknown' && this.#link?.writable === true) {
      // It is refused, or the link ends, where the channel is left already.
      this.#leave(this.#link, topic.kind, [topic]).catch(() => {});
    }
    topic.lose(Math.min(since, this.provenAt));
    return topic;
  }

  /** Takes a topic that another hub has released. */
  take(topic: Topic): void {
    this.#topics.add(topic);
    this.#size += topic.subscriptions.size;
    void this.#change(topic);
  }

  /** Ends every subscription. */
  clear(reason: RedisError): void {
    const topics = this.#topics.all();
    this.#topics.clear();
    this.#size = 0;
    this.#changed.clear();
    for (const topic of topics) topic.end(reason);
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #change(topic: Topic): Promise<void> {
    this.#changed.add(topic);
    this.#flushing ??= new Promise((resolve) => {
      process.nextTick(() => {
        this.#flushing = undefined;
        resolve(this.#flush());
      });
    });
    return this.#flushing;
  }

  /** Tells the server what changed. */
  async #flush(): Promise<void> {
    const link = this.#link?.writable === true ? this.#link : undefined;
    const wanted: Topic[] = [];
    const unwanted: Topic[] = [];
    for (const topic of this.#changed) {
      if (topic.subscriptions.size > 0) {
        if (topic.state === 'unknown') wanted.push(topic);
      } else {
        this.#topics.delete(topic);
        if (topic.state !== 'unknown') unwanted.push(topic);
      }
    }
    this.#changed.clear();
    if (link === undefined) return;
    for (const kind of kinds) for (const batch of batches(kind, wanted)) this.#ask(link, kind, batch);
    // A link that ends meanwhile has no subscriptions left either.
    await Promise.allSettled(
      kinds.flatMap((kind) => batches(kind, unwanted).map((batch) => this.#leave(link, kind, batch))),
    );
  }

  async #leave(link: Link, kind: SubscriptionKind, topics: readonly Topic[]): Promise<void> {
    const names = topics.map(({ name }) => name);
    const count = (change: 1 | -1): void => {
      if (this.#link !== link || kind !== 'shard') return;
      for (const name of names) this.#leaving.set(name, (this.#leaving.get(name) ?? 0) + change);
      for (const name of names) if (this.#leaving.get(name) === 0) this.#leaving.delete(name);
    };
    count(1);
    try {
      await link.request(unsubscribe(kind, names));
    } finally {
      count(-1);
    }
  }

  #ask(link: Link, kind: SubscriptionKind, topics: readonly Topic[]): void {
    const sentAt = Date.now();
    const names = topics.map(({ name }) => name);
    for (const topic of topics) topic.state = 'asked';
    link.request(subscribe(kind, names)).then(
      () => {
        link.prove(sentAt);
        if (this.#link !== link) return;
        for (const topic of topics) if (topic.state === 'asked' && this.#topics.has(topic)) topic.confirm();
      },
      (error: RedisError) => {
        // A lost link says nothing about the channels; the next one is asked again.
        if (error.code === 'SLIPWAY_REDIS_CONNECTION_LOST' || this.#link !== link) return;
        const refused = topics.filter((topic) => this.#isWanted(topic));
        this.#refused(link, refused, error);
      },
    );
  }

  #isWanted(topic: Topic): boolean {
    return this.#topics.has(topic) && topic.subscriptions.size > 0;
  }

  /** One name that may not be subscribed to refuses the whole command, so each is asked for by itself then. */
  #refused(link: Link, topics: readonly Topic[], error: RedisError): void {
    if (topics.length > 1) {
      for (const topic of topics) this.#ask(link, topic.kind, [topic]);
      return;
    }
    for (const topic of topics) {
      if (isMoved(error) && this.#options.onMoved !== undefined) {
        topic.state = 'unknown';
        this.#options.onMoved(topic, link, error);
      } else if (topic.isRenewal && error.code !== 'SLIPWAY_REDIS_NO_PERMISSION') {
        topic.state = 'unknown';
        this.#changed.add(topic);
        this.#retryLater();
      } else {
        this.#topics.delete(topic);
        this.#size -= topic.subscriptions.size;
        topic.end(error, error);
      }
    }
  }

  /** The server ended a subscription to a shard channel, by itself unless it was asked to. */
  #shardLeft(link: Link, name: string): void {
    const topic = this.#topics.get('shard', name);
    if (this.#link !== link || topic === undefined || this.#leaving.has(name)) return;
    topic.lose(this.provenAt);
    this.#options.onMoved?.(topic, link, undefined);
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.#flush();
    }, retryMs).unref();
  }
}
