import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisError } from '../../errors/redis-error.js';
import { Connection } from '../connection.js';
import type { ConnectionOptions } from '../connection-options.js';
import { ping } from '../commands/connection.js';
import type { Link } from '../link.js';
import { SubscriptionHub, type SubscriptionHubOptions } from '../subscription-hub.js';
import type { QueuedSubscription } from '../subscription.js';
import type { Topic } from '../topic.js';
import { keySlot } from './key-slot.js';
import { redirectOf } from './redirect.js';
import type { Topology } from './topology.js';

/** How long a server is waited for that may have something to say of a slot it has no more. */
const lastWordMs = 250;

export interface ShardSubscriptionsOptions {
  readonly connection: Pick<ConnectionOptions, 'name' | 'heartbeat' | 'onState'>;
  readonly hub: Pick<SubscriptionHubOptions, 'waiting' | 'renewing'>;
}

interface Shard {
  readonly name: string;
  readonly connection: Connection;
  readonly hub: SubscriptionHub;
}

/**
 * Subscriptions to the shard channels of a cluster: on a connection to the master of each channel's slot, made with the
 * first of them there. Where a slot goes to another server its channels follow, and their subscriptions are told of the
 * gap.
 */
export class ShardSubscriptions {
  readonly #topology: Topology;
  readonly #options: ShardSubscriptionsOptions;
  readonly #shards = new Map<string, Shard>();
  /** Those whose slot has no server for the moment. */
  readonly #homeless: SubscriptionHub;
  readonly #leaving = new Set<Promise<void>>();
  readonly #moving = new Set<Shard>();
  /** When the map was asked for that was right for all of them. */
  #mapAt = 0;
  #pastReconnects = 0;

  constructor(topology: Topology, options: ShardSubscriptionsOptions) {
    this.#topology = topology;
    this.#options = options;
    this.#homeless = new SubscriptionHub(options.hub);
    topology.onChange(() => this.#sync());
  }

  get size(): number {
    return this.#hubs().reduce((sum, { size }) => sum + size, 0);
  }

  get connections(): readonly Connection[] {
    return [...this.#shards.values()].map(({ connection }) => connection);
  }

  /** Of connections that are closed. */
  get pastReconnects(): number {
    return this.#pastReconnects;
  }

  /** What was published on a channel before this moment has arrived. Milliseconds since the epoch. */
  provenAt(channel: string): number {
    return this.#hubOf(channel).provenAt;
  }

  /** Resolves when the server of its slot has confirmed it. */
  add(subscription: QueuedSubscription): Promise<void> {
    return this.#hubOf(subscription.channel).add(subscription);
  }

  remove(subscription: QueuedSubscription): Promise<void> {
    return this.#hubOf(subscription.channel).remove(subscription);
  }

  /** Ends every subscription and closes the connections. */
  async stop(reason: RedisError): Promise<void> {
    for (const hub of this.#hubs()) hub.clear(reason);
    for (const shard of this.#shards.values()) this.#close(shard);
    await Promise.all(this.#leaving);
  }

  #hubs(): SubscriptionHub[] {
    return [this.#homeless, ...[...this.#shards.values()].map(({ hub }) => hub)];
  }

  /** The hub that has the channel, or the one where it belongs. */
  #hubOf(channel: string): SubscriptionHub {
    return this.#hubs().find((hub) => hub.topic('shard', channel) !== undefined) ?? this.#placeOf(channel);
  }

  #placeOf(channel: string): SubscriptionHub {
    const name = this.#topology.map.owner(keySlot(channel));
    return (name === undefined ? undefined : this.#shard(name)?.hub) ?? this.#homeless;
  }

  #shard(name: string): Shard | undefined {
    const known = this.#shards.get(name);
    const address = this.#topology.map.masters.get(name);
    if (known !== undefined || address === undefined) return known;
    const hub = new SubscriptionHub({
      ...this.#options.hub,
      onMoved: (topic, link, error) => this.#moved(hub, topic, link, error),
    });
    const connection = new Connection(this.#topology.node(name, address), {
      ...this.#options.connection,
      onLink: (link) => hub.attach(link),
      onLinkLost: () => {
        hub.detach();
        this.#topology.onMoved();
      },
    });
    const shard = { name, hub, connection };
    this.#shards.set(name, shard);
    // Its failure is that of the subscriptions: the deadline passes, or stop() ends them.
    connection.startPatiently().catch(() => {});
    return shard;
  }

  /** A server said that it has the slot of a channel no more. */
  #moved(hub: SubscriptionHub, topic: Topic, link: Link, error: RedisError | undefined): void {
    this.#homeless.take(hub.release(topic));
    const redirect = redirectOf(error, this.#topology.hostOf(link));
    this.#topology.heed(redirect ?? { kind: 'later' });
  }

  /** Brings the channels to the servers that have their slots now. */
  #sync(): void {
    for (const topic of this.#homeless.topics()) {
      const place = this.#placeOf(topic.name);
      if (place !== this.#homeless) place.take(this.#homeless.release(topic));
    }
    for (const shard of this.#shards.values()) {
      if (!this.#topology.map.masters.has(shard.name) || this.#strangers(shard).length > 0)
        void this.#leave(shard);
    }
    if (this.#moving.size === 0) this.#mapAt = this.#topology.askedAt;
  }

  #strangers({ hub }: Shard): readonly Topic[] {
    return hub.topics().filter(({ name }) => this.#placeOf(name) !== hub);
  }

  /**
   * Takes the channels away that are not a server's any more. Since when is best known by the server itself: what it has
   * to say of that comes before its answer to a PING. One that knows nothing of it, as it is cut off from the others, may
   * have lost them at any time since the last map that was right.
   */
  async #leave(shard: Shard): Promise<void> {
    if (this.#moving.has(shard)) return;
    this.#moving.add(shard);
    const { hub, connection, name } = shard;
    const { link } = connection;
    const patience = new AbortController();
    await Promise.race([
      link?.request(ping).catch(() => {}),
      sleep(lastWordMs, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
    this.#moving.delete(shard);
    if (this.#shards.get(name) !== shard) return;
    for (const topic of this.#strangers(shard))
      this.#placeOf(topic.name).take(hub.release(topic, this.#mapAt));
    if (!this.#topology.map.masters.has(name)) this.#close(shard);
    if (this.#moving.size === 0) this.#mapAt = this.#topology.askedAt;
  }

  #close({ name, connection }: Shard): void {
    this.#shards.delete(name);
    const leaving: Promise<void> = connection.stop().finally(() => {
      this.#pastReconnects += connection.reconnects;
      this.#leaving.delete(leaving);
    });
    this.#leaving.add(leaving);
  }
}
