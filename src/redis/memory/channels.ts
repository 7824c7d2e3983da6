import type { MemoryConnection } from './memory-connection.js';

/** Who has subscribed to what. */
export class Channels {
  readonly #subscribers = new Map<string, Set<MemoryConnection>>();

  get names(): string[] {
    return [...this.#subscribers.keys()];
  }

  of(channel: string): Iterable<MemoryConnection> {
    return this.#subscribers.get(channel) ?? [];
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
