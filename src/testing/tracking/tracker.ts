import { AsyncLocalStorage } from 'node:async_hooks';
import { describeError } from '../../errors/describe.js';
import type { EventEnvelope } from '../../events/envelope.js';
import { partitionKey, type TopicPartition } from '../../kafka/consumer-port.js';
import type { DeadLetterReason } from '../../kafka/consumer/dead-letters.js';
import type { EventConsumer } from '../../kafka/consumer/event-consumer.js';
import type { KafkaBus } from '../../kafka/kafka-bus.js';
import type { ProducerRecord } from '../../kafka/producer-port.js';
import { now } from '../real-timers.js';
import { type Place, placeOf, type PublishedEntry } from './entries.js';
import { GroupWork } from './group-work.js';
import { Journal } from './journal.js';
import { currentPlace, isTooEarly, readEnvelope, readNotification, textsOf } from './read.js';
import type { ConsumerTraffic, Traffic } from './tracked-driver.js';

/** Work in a scope that goes on. */
interface Work {
  readonly what: string;
  readonly group: GroupWork | undefined;
  readonly place: string | undefined;
  readonly since: number;
}

/** Follows the events of one application: what it published, what became of it, and what is not done yet. */
export class Tracker implements Traffic {
  readonly journal = new Journal();
  readonly buses = new Set<KafkaBus>();
  /** Those whose groups have to have their partitions before a test begins. */
  readonly consumers = new Set<EventConsumer>();
  /** Every message that was seen, by its place. */
  readonly #messages = new Map<string, PublishedEntry>();
  /** The places of those that are handled, in the dead letter topic or passed over. */
  readonly #ended = new Set<string>();
  readonly #groups = new Map<string, GroupWork>();
  /** Whose handler it is that runs: of which consumer, its message does not tell. */
  readonly #group = new AsyncLocalStorage<GroupWork>();
  readonly #running = new Set<Work>();

  /** The consumers that wait for their partitions, a sentence each. */
  joining(): readonly string[] {
    const own = [...this.consumers].filter(({ status }) => status.state !== 'disabled');
    const ids = own.map(({ details }) => String(details['group_id']));
    const groups = [...this.#groups.values()].filter(
      ({ id, isJoining, hasPartitions }) => isJoining || (ids.includes(id) && !hasPartitions),
    );
    return groups.map(({ id }) => `the consumer of group ${id} waits for its partitions`);
  }

  onStored(partition: TopicPartition, offset: bigint, records: readonly ProducerRecord[]): void {
    for (const [index, record] of records.entries()) {
      const place = { ...partition, offset: offset + BigInt(index) };
      const headers = textsOf(record.headers);
      if (headers['dlq.reason'] !== undefined && this.#isDeadLetter(place, headers)) {
        this.#deadLettered(place, headers, record.value);
      } else this.#seen(place, record, headers).isOwn = true;
    }
    this.journal.changed();
  }

  onConsumer(groupId: string): ConsumerTraffic {
    const group = this.#groupOf(groupId);
    const changing =
      <Args extends readonly unknown[]>(change: (...args: Args) => void) =>
      (...args: Args): void => {
        change(...args);
        this.journal.changed();
      };
    return {
      onJoin: changing((member, progress) => group.join(member, progress)),
      onAssigned: changing((member, topics) => group.assigned(member, topics, this.#messages.values())),
      onCommitted: changing((offsets) => group.committed(offsets)),
      onLeave: changing((member) => group.leave(member)),
      onBatch: ({ topic, partition, records }, handOut) => {
        for (const record of records) {
          this.#seen({ topic, partition, offset: record.offset }, record, textsOf(record.headers));
        }
        return this.#group.run(group, handOut);
      },
    };
  }

  notified(channel: string, message: string, receivers: number): void {
    const notification = readNotification(channel, message);
    if (notification !== undefined) this.journal.add({ kind: 'notified', ...notification, receivers });
  }

  /** Runs work in a scope: of a handler if there is an `event`. */
  async run<R>(scope: string, event: EventEnvelope | undefined, work: () => Promise<R>): Promise<R> {
    const place = event === undefined ? undefined : currentPlace();
    const key = place === undefined ? undefined : placeOf(place);
    const group = place === undefined ? undefined : this.#groupAt(place);
    if (group !== undefined) group.tells = true;
    const attempt = ((place && group?.failuresAt(place)?.attempts) ?? 0) + 1;
    const nth = attempt > 1 ? `, attempt ${attempt}` : '';
    const by = this.#by(group);
    const what =
      event === undefined ? `work in a ${scope} scope` : `the handler of ${event.eventType}${by}${nth}`;
    const running: Work = { what, group, place: key, since: now() };
    this.#running.add(running);
    try {
      const result = await work();
      if (event !== undefined && place !== undefined && key !== undefined) {
        const durationMs = now() - running.since;
        this.#ended.add(key);
        const done = { event, group: group?.id ?? '', attempts: attempt, durationMs };
        this.journal.add({ kind: 'handled', ...place, ...done });
      }
      return result;
    } catch (error) {
      if (event !== undefined && place !== undefined && !isTooEarly(error)) {
        group?.failed(place, { attempts: attempt, error });
        this.journal.add({ kind: 'failed', ...place, event, group: group?.id ?? '', attempt, error });
      }
      throw error;
    } finally {
      this.#running.delete(running);
      this.journal.changed();
    }
  }

  /** What is not done, a sentence each; none if all is. */
  pending(): readonly string[] {
    const found: string[] = [];
    for (const bus of this.buses) {
      const { buffered, waiting } = bus.stats();
      if (buffered + waiting > 0) found.push(`published and not acknowledged: ${buffered + waiting}`);
    }
    for (const { what, since } of this.#running) {
      found.push(`${what}, for ${Math.round(now() - since)} ms`);
    }
    for (const group of this.#groups.values()) {
      const running = [...this.#running].filter((work) => work.group === group);
      const places = new Set(running.map(({ place }) => place));
      for (const message of group.open()) {
        if (!places.has(placeOf(message))) found.push(this.#waiting(message, group));
      }
    }
    return found;
  }

  /**
   * What was consumed and neither handled nor put into the dead letter topic, by any group. Only right when nothing is
   * pending. Of a consumer that does not tell what it handled, everything may have been.
   */
  unhandled(): readonly PublishedEntry[] {
    const own = new Set([...this.consumers].map(({ details }) => String(details['group_id'])));
    const found = [...this.#messages.values()].filter((message) => {
      if (this.#ended.has(placeOf(message))) return false;
      const groups = [...this.#groups.values()].filter((group) => group.consumes(message.topic));
      return groups.length > 0 && groups.every(({ id, tells }) => tells || own.has(id));
    });
    for (const message of found) {
      const { topic, partition, offset, event } = message;
      this.#ended.add(placeOf(message));
      this.journal.add({ kind: 'unhandled', topic, partition, offset, event });
    }
    return found;
  }

  /** Forgets what happened, not what is going on. */
  clear(): void {
    this.journal.clear();
    const groups = [...this.#groups.values()];
    for (const [key, message] of this.#messages) {
      if (!groups.some((group) => group.has(message))) this.#messages.delete(key);
    }
  }

  #seen(
    place: Place,
    { key, value }: { readonly key: Buffer | null; readonly value: Buffer | null },
    headers: Readonly<Record<string, string>>,
  ): PublishedEntry {
    const known = this.#messages.get(placeOf(place));
    if (known !== undefined) return known;
    const event = readEnvelope(value);
    const entry: PublishedEntry = {
      kind: 'published',
      topic: place.topic,
      partition: place.partition,
      offset: place.offset,
      event,
      key: key?.toString() ?? null,
      headers,
      isOwn: false,
    };
    this.#messages.set(placeOf(place), entry);
    for (const group of this.#groups.values()) group.arrived(entry);
    this.journal.add(entry);
    return entry;
  }

  /** A dead letter is of a topic that is consumed here; one that is published anew by a tool is a message. */
  #isDeadLetter(place: Place, headers: Readonly<Record<string, string>>): boolean {
    const original = headers['dlq.original_topic'];
    if (original === undefined || original === place.topic) return false;
    return [...this.#groups.values()].some((group) => group.consumes(original));
  }

  #deadLettered(place: Place, headers: Readonly<Record<string, string>>, value: Buffer): void {
    this.#ended.add(
      placeOf({
        topic: headers['dlq.original_topic'] ?? '',
        partition: Number(headers['dlq.original_partition']),
        offset: BigInt(headers['dlq.original_offset'] ?? 0),
      }),
    );
    this.journal.add({
      kind: 'dead-lettered',
      ...place,
      event: readEnvelope(value),
      group: headers['dlq.group'] ?? '',
      reason: headers['dlq.reason'] as DeadLetterReason,
      error: headers['dlq.error_message'] ?? '',
      attempts: Number(headers['dlq.attempts'] ?? 0),
    });
  }

  #groupOf(id: string): GroupWork {
    const group = this.#groups.get(id) ?? new GroupWork(id);
    this.#groups.set(id, group);
    return group;
  }

  /** The group whose handler runs. What a consumer held back while it was paused begins in nobody's name. */
  #groupAt({ topic }: Place): GroupWork | undefined {
    const groups = [...this.#groups.values()].filter((group) => group.consumes(topic));
    return this.#group.getStore() ?? (groups.length === 1 ? groups[0] : undefined);
  }

  #by(group: GroupWork | undefined): string {
    return group === undefined || this.#groups.size < 2 ? '' : ` in group ${group.id}`;
  }

  #waiting(message: PublishedEntry, group: GroupWork): string {
    const failure = group.failuresAt(message);
    const failed =
      failure === undefined ? '' : `, failed ${failure.attempts} times: ${describeError(failure.error)}`;
    const type = message.event?.eventType ?? 'a message that is no envelope';
    return `${type} in ${partitionKey(message)} at offset ${message.offset}, not handled yet${this.#by(group)}${failed}`;
  }
}
