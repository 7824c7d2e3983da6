import type { RedisError } from '../errors/redis-error.js';
import type { PubSubMessage } from '../protocols/redis.js';
import { subscribe, unsubscribe } from './commands/pubsub.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { Link } from './link.js';
import type { QueuedSubscription, SubscriptionKind } from './subscription.js';
import { Topic, type Waiter } from './topic.js';

const kinds = ['channel', 'pattern', 'shard'] as const satisfies readonly SubscriptionKind[];

/** Names of one SUBSCRIBE: few enough that the server, which carries it out at one go, is not held up. */
const batchSize: Readonly<Record<SubscriptionKind, number>> = {
  channel: 1000,
  pattern: 1000,
  // In a cluster the shard channels of one command must share a slot.
  shard: 1,
};

/** How long until a channel is asked for again whose renewal the server refused for reasons that pass. */
const retryMs = 500;

export interface SubscriptionHubOptions {
  readonly deadlineMs: number;
  /** The error of a subscription that was not confirmed within the deadline. */
  readonly timedOut: (topic: Topic) => RedisError;
  /** So many channels are asked for anew: what was published since then may be missed. */
  readonly renewing: (channels: number, since: number) => void;
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
  readonly #topics: Readonly<Record<SubscriptionKind, Map<string, Topic>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  readonly #renewing: SubscriptionHubOptions['renewing'];
  readonly #waiting: DeadlineQueue<Waiter>;
  readonly #changed = new Set<Topic>();
  /** Settles when the changes of this tick have been carried out. */
  #flushing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #link: Link | undefined;
  #provenAt = 0;
  #size = 0;

  constructor(options: SubscriptionHubOptions) {
    this.#renewing = options.renewing;
    this.#waiting = new DeadlineQueue(options.deadlineMs, (waiter) => {
      waiter.settle(options.timedOut(waiter.topic));
      void waiter.subscription.close();
    });
  }

  /** Local subscriptions. */
  get size(): number {
    return this.#size;
  }

  /** What was published before this moment has arrived. Milliseconds since the epoch. */
  get provenAt(): number {
    return this.#link?.provenAt ?? this.#provenAt;
  }

  /** Takes a new link and asks it for all channels. */
  attach(link: Link): void {
    this.#link = link;
    const { channel, pattern, shard } = this.#topics;
    const deliver = (topic: Topic | undefined, message: PubSubMessage): void => {
      if (this.#link === link) topic?.deliver(message);
    };
    link.redis.on('message', (name, data) =>
      deliver(channel.get(name), { type: 'message', channel: name, data }),
    );
    link.redis.on('smessage', (name: string, data: string) =>
      deliver(shard.get(name), { type: 'message', channel: name, data }),
    );
    link.redis.on('pmessage', (name, from, data) =>
      deliver(pattern.get(name), { type: 'message', channel: from, data, pattern: name }),
    );
    const topics = this.#all();
    const renewals = topics.filter((topic) => topic.isRenewal).length;
    if (renewals > 0) this.#renewing(renewals, this.#provenAt);
    for (const topic of topics) this.#changed.add(topic);
    void this.#flush();
  }

  detach(): void {
    this.#provenAt = this.provenAt;
    this.#link = undefined;
    for (const topic of this.#all()) topic.lose(this.#provenAt);
  }

  /** Resolves when the server has confirmed the channel; rejects, and forgets the subscription, if it does not in time. */
  add(subscription: QueuedSubscription): Promise<void> {
    const { kind, channel: name } = subscription.options;
    const topics = this.#topics[kind];
    const topic = topics.get(name) ?? new Topic(kind, name);
    topics.set(name, topic);
    topic.subscriptions.add(subscription);
    this.#size += 1;
    if (topic.state === 'confirmed') return Promise.resolve();
    if (topic.state === 'unknown') void this.#change(topic);
    return topic.confirmation(subscription, (waiter) => this.#waiting.add(waiter));
  }

  /** Resolves when the server, if nobody else wants the channel, has been told and has answered. */
  async remove(subscription: QueuedSubscription): Promise<void> {
    const { kind, channel: name } = subscription.options;
    const topic = this.#topics[kind].get(name);
    if (topic?.remove(subscription) !== true) return;
    this.#size -= 1;
    if (topic.subscriptions.size === 0) await this.#change(topic);
  }

  /** Ends every subscription. */
  clear(reason: RedisError): void {
    const topics = this.#all();
    for (const kind of kinds) this.#topics[kind].clear();
    this.#size = 0;
    this.#changed.clear();
    for (const topic of topics) topic.end(reason);
    this.#waiting.clear();
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #all(): Topic[] {
    return kinds.flatMap((kind) => [...this.#topics[kind].values()]);
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
        this.#topics[topic.kind].delete(topic.name);
        if (topic.state !== 'unknown') unwanted.push(topic);
      }
    }
    this.#changed.clear();
    if (link === undefined) return;
    for (const kind of kinds) for (const batch of batches(kind, wanted)) this.#ask(link, kind, batch);
    const answers = kinds.flatMap((kind) =>
      batches(kind, unwanted).map((batch) =>
        link.request(
          unsubscribe(
            kind,
            batch.map(({ name }) => name),
          ),
        ),
      ),
    );
    // A link that ends meanwhile has no subscriptions left either.
    await Promise.allSettled(answers);
  }

  #ask(link: Link, kind: SubscriptionKind, topics: readonly Topic[]): void {
    const sentAt = Date.now();
    for (const topic of topics) topic.state = 'asked';
    link
      .request(
        subscribe(
          kind,
          topics.map(({ name }) => name),
        ),
      )
      .then(
        () => {
          link.prove(sentAt);
          if (this.#link !== link) return;
          for (const topic of topics) if (topic.state === 'asked') topic.confirm();
        },
        (error: RedisError) => {
          // A lost link says nothing about the channels; the next one is asked again.
          if (error.code !== 'SLIPWAY_REDIS_CONNECTION_LOST' && this.#link === link) {
            this.#refused(
              link,
              topics.filter((topic) => this.#isWanted(topic)),
              error,
            );
          }
        },
      );
  }

  #isWanted(topic: Topic): boolean {
    return this.#topics[topic.kind].get(topic.name) === topic && topic.subscriptions.size > 0;
  }

  /** One name that may not be subscribed to refuses the whole command, so each is asked for by itself then. */
  #refused(link: Link, topics: readonly Topic[], error: RedisError): void {
    if (topics.length > 1) {
      for (const topic of topics) this.#ask(link, topic.kind, [topic]);
      return;
    }
    for (const topic of topics) {
      if (topic.isRenewal && error.code !== 'SLIPWAY_REDIS_NO_PERMISSION') {
        topic.state = 'unknown';
        this.#changed.add(topic);
        this.#retryLater();
      } else {
        this.#topics[topic.kind].delete(topic.name);
        this.#size -= topic.subscriptions.size;
        topic.end(error, error);
      }
    }
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.#flush();
    }, retryMs).unref();
  }
}

function batches(kind: SubscriptionKind, topics: readonly Topic[]): Topic[][] {
  const ofKind = topics.filter((topic) => topic.kind === kind);
  const size = batchSize[kind];
  return Array.from({ length: Math.ceil(ofKind.length / size) }, (_, index) =>
    ofKind.slice(index * size, (index + 1) * size),
  );
}
