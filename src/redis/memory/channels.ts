import { matchesGlob } from './glob.js';
import type { MemoryConnection } from './memory-connection.js';

/** What can be subscribed to: channels, patterns of their names, and shard channels, which are a world of their own. */
export const channelKinds = ['channels', 'patterns', 'shards'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** What one connection has subscribed to. */
export class Subscriptions {
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shards = new Set<string>();

  /** As a server counts for its replies. */
  countFor(kind: ChannelKind): number {
    return kind === 'shards' ? this.shards.size : this.channels.size + this.patterns.size;
  }

  get size(): number {
    return this.channels.size + this.patterns.size + this.shards.size;
  }
}

/** Who has subscribed to the names of one kind. */
export class Channels {
  readonly #subscribers = new Map<string, Set<MemoryConnection>>();

  get names(): string[] {
    return [...this.#subscribers.keys()];
  }

  of(channel: string): Iterable<MemoryConnection> {
    return this.#subscribers.get(channel) ?? [];
  }

  /** The patterns that a channel's name matches, with who has subscribed to them. */
  *matching(channel: string): Generator<readonly [pattern: string, connection: MemoryConnection]> {
    for (const [pattern, subscribers] of this.#subscribers) {
      if (matchesGlob(pattern, channel)) for (const connection of subscribers) yield [pattern, connection];
    }
  }

  subscribe(channel: string, connection: MemoryConnection): void {
    const subscribers = this.#subscribers.get(channel) ?? new Set();
    subscribers.add(connection);
    this.#subscribers.set(channel, subscribers);
  }

  unsubscribe(channel: string, connection: MemoryConnection): void {
    const subscribers = this.#subscribers.get(channel);
    subscribers?.delete(connection);
    if (subscribers?.size === 0) this.#subscribers.delete(channel);
  }
}
