import type { SubscriptionKind } from './subscription.js';
import type { Topic } from './topic.js';

export const kinds = ['channel', 'pattern', 'shard'] as const satisfies readonly SubscriptionKind[];

/** Names of one SUBSCRIBE: few enough that the server, which carries it out at one go, is not held up. */
const batchSize: Readonly<Record<SubscriptionKind, number>> = {
  channel: 1000,
  pattern: 1000,
  // In a cluster the shard channels of one command must share a slot.
  shard: 1,
};

/** Topics by their kind and name. */
export class Topics {
  readonly #maps: Readonly<Record<SubscriptionKind, Map<string, Topic>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };

  get(kind: SubscriptionKind, name: string): Topic | undefined {
    return this.#maps[kind].get(name);
  }

  add(topic: Topic): void {
    this.#maps[topic.kind].set(topic.name, topic);
  }

  delete({ kind, name }: Topic): void {
    this.#maps[kind].delete(name);
  }

  has(topic: Topic): boolean {
    return this.get(topic.kind, topic.name) === topic;
  }

  all(): Topic[] {
    return kinds.flatMap((kind) => [...this.#maps[kind].values()]);
  }

  clear(): void {
    for (const kind of kinds) this.#maps[kind].clear();
  }
}

/** The topics of a kind, as many together as one command may name. */
export function batches(kind: SubscriptionKind, topics: readonly Topic[]): Topic[][] {
  const ofKind = topics.filter((topic) => topic.kind === kind);
  const size = batchSize[kind];
  return Array.from({ length: Math.ceil(ofKind.length / size) }, (_, index) =>
    ofKind.slice(index * size, (index + 1) * size),
  );
}
