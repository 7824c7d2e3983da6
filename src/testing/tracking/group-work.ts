import { partitionKey, type PartitionOffset, type TopicPartition } from '../../kafka/consumer-port.js';
import { type Place, placeOf, type PublishedEntry } from './entries.js';

/** Below which offset all of a partition is done; undefined while that is not known. */
export interface Progress extends TopicPartition {
  readonly done: bigint | undefined;
}

interface Member {
  readonly progress: () => readonly Progress[];
  isAssigned: boolean;
}

interface Failures {
  readonly attempts: number;
  readonly error: unknown;
}

/** What the consumers of one group in the application have to do, and have done. */
export class GroupWork {
  readonly id: string;
  /** Does it tell what it handled? A consumer that was given no scopes does not. */
  tells = false;
  /** By what a consumer reads with, which outlives its connections. */
  readonly #members = new Map<object, Member>();
  readonly #topics = new Set<string>();
  /** Not known to be done. */
  readonly #open = new Set<PublishedEntry>();
  readonly #committed = new Map<string, bigint>();
  readonly #failures = new Map<string, Failures>();

  constructor(id: string) {
    this.id = id;
  }

  /** Is there a consumer that waits for its partitions? */
  get isJoining(): boolean {
    return [...this.#members.values()].some(({ isAssigned }) => !isAssigned);
  }

  get hasPartitions(): boolean {
    return this.#topics.size > 0;
  }

  /** Was it ever given the partitions of this topic? */
  consumes(topic: string): boolean {
    return this.#topics.has(topic);
  }

  join(member: object, progress: Member['progress']): void {
    this.#members.set(member, { progress, isAssigned: this.#members.get(member)?.isAssigned ?? false });
  }

  /** What was published before is read from now on. */
  assigned(member: object, topics: readonly string[], messages: Iterable<PublishedEntry>): void {
    const known = this.#members.get(member);
    if (known === undefined) return;
    known.isAssigned = true;
    for (const topic of topics) this.#topics.add(topic);
    for (const message of messages) if (topics.includes(message.topic)) this.#open.add(message);
  }

  /** What it has not done is left to whoever comes next. */
  leave(member: object): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#open.clear();
  }

  arrived(message: PublishedEntry): void {
    if (this.#members.size > 0 && this.#topics.has(message.topic)) this.#open.add(message);
  }

  committed(offsets: readonly PartitionOffset[]): void {
    for (const each of offsets) this.#committed.set(partitionKey(each), each.offset);
  }

  failuresAt(place: Place): Failures | undefined {
    return this.#failures.get(placeOf(place));
  }

  failed(place: Place, failures: Failures): void {
    this.#failures.set(placeOf(place), failures);
  }

  /** Is it this group's to do? */
  has(message: PublishedEntry): boolean {
    return this.#open.has(message);
  }

  /** What it has not done. */
  open(): ReadonlySet<PublishedEntry> {
    if (this.#open.size > 0) {
      const done = this.#done();
      for (const message of this.#open) {
        if ((done.get(partitionKey(message)) ?? 0n) > message.offset) this.#open.delete(message);
      }
    }
    return this.#open;
  }

  /** A new assignment knows only what it read itself. */
  #done(): ReadonlyMap<string, bigint> {
    const done = new Map(this.#committed);
    for (const { progress } of this.#members.values()) {
      for (const partition of progress()) {
        const key = partitionKey(partition);
        const offset = partition.done ?? 0n;
        if (offset > (done.get(key) ?? 0n)) done.set(key, offset);
      }
    }
    return done;
  }
}
