import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventEnvelope } from '../../events/envelope.js';
import type { EventDefinition, EventOf } from '../../events/event-definition.js';
import { parseEvent } from '../../events/parse-event.js';
import type { DeadLetterReason } from '../../kafka/consumer/dead-letters.js';
import type { Entry } from './entries.js';
import type { Journal } from './journal.js';
import { show } from './match.js';

interface Located<Event extends EventEnvelope> {
  /**
   * As handlers get it: checked, typed, of the present version. What was published and is looked up by its type as a text,
   * or among all, is as it was sent.
   */
  readonly event: Event;
  readonly topic: string;
  readonly partition: number;
}

/** An event that the application published, and that Kafka acknowledged. */
export interface Published<Event extends EventEnvelope = EventEnvelope> extends Located<Event> {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** An event whose handler succeeded. */
export interface Handled<Event extends EventEnvelope = EventEnvelope> extends Located<Event> {
  /** The consumer group that handled it. */
  readonly group: string;
  /** How many attempts it took. */
  readonly attempts: number;
  /** Of the last attempt, in milliseconds. */
  readonly durationMs: number;
}

/** An event that could not be handled; `topic` is the dead letter topic. */
export interface DeadLettered<Event extends EventEnvelope = EventEnvelope> extends Located<Event> {
  /**
   * Looked up by its definition, as handlers get it if it is what the definition says. What is not, for which `reason` may
   * be `invalid`, is as it was sent: its data are not of this type then.
   */
  readonly event: Event;
  /** The consumer group that could not. */
  readonly group: string;
  readonly reason: DeadLetterReason;
  /** What the last attempt failed with. */
  readonly error: string;
  /** 0 for an event that was never tried, because it could not be read. */
  readonly attempts: number;
}

interface Items<Event extends EventEnvelope> {
  readonly published: Published<Event>;
  readonly handled: Handled<Event>;
  readonly 'dead-lettered': DeadLettered<Event>;
}

export type TrackedKind = keyof Items<EventEnvelope>;

/** An event definition, or the type of an event as a text. */
export type EventKey = EventDefinition | string;

/** The item of a collection for the event that `Key` names. */
export type TrackedItem<Kind extends TrackedKind, Key extends EventKey> = Items<
  Key extends EventDefinition ? EventOf<Key> : EventEnvelope
>[Kind];

/** Events to which the same happened, in the order in which it did. */
export class Tracked<Kind extends TrackedKind> implements Iterable<Items<EventEnvelope>[Kind]> {
  /** @internal */
  readonly kind: Kind;
  /** @internal */
  readonly journal: Journal;

  constructor(kind: Kind, journal: Journal) {
    this.kind = kind;
    this.journal = journal;
  }

  get all(): readonly Items<EventEnvelope>[Kind][] {
    const entries: readonly Entry[] = this.journal.of(this.kind);
    const own = entries.filter((entry) => entry.kind !== 'published' || entry.isOwn);
    // What is no envelope has no event to look up.
    return own.filter(
      (entry) => typeof entry.event === 'object',
    ) as unknown as readonly Items<EventEnvelope>[Kind][];
  }

  get length(): number {
    return this.all.length;
  }

  /** The types of the events, in order. */
  get types(): readonly string[] {
    return this.all.map(({ event }) => event.eventType);
  }

  [Symbol.iterator](): Iterator<Items<EventEnvelope>[Kind]> {
    return this.all[Symbol.iterator]();
  }

  /**
   * All of one event, typed.
   * @throws SlipwayError SLIPWAY_EVENT_INVALID if the data of one that was published are not the event's.
   */
  of<const Key extends EventKey>(key: Key): readonly TrackedItem<Kind, Key>[] {
    const type = typeof key === 'string' ? key : key.type;
    const found = this.all.filter(({ event }) => event.eventType === type);
    // Handlers were given it as it should be.
    if (typeof key === 'string' || this.kind === 'handled') return found as never;
    const read = this.kind === 'published' ? parseEvent : parseIfValid;
    return found.map((item) => ({ ...item, event: read(key, item.event) })) as never;
  }

  /**
   * The only one of this event.
   * @throws SlipwayError SLIPWAY_TESTING_EXPECTATION if there is none, or more than one, with what happened.
   */
  single<const Key extends EventKey>(key: Key): TrackedItem<Kind, Key> {
    const [item, ...others] = this.of(key);
    if (item !== undefined && others.length === 0) return item;
    const type = typeof key === 'string' ? key : key.type;
    const count = item === undefined ? 'was none' : `were ${others.length + 1}`;
    throw new SlipwayError('SLIPWAY_TESTING_EXPECTATION', {
      message: `Expected one ${type} to be ${this.kind}, and there ${count}.\n${this.journal.tellInShort()}`,
    });
  }
}

/** That it cannot be read may be the very reason for which it is a dead letter. */
function parseIfValid(definition: EventDefinition, event: EventEnvelope): EventEnvelope {
  try {
    return parseEvent(definition, event);
  } catch {
    return event;
  }
}

/** A notification that was published to a user's channel. */
export interface Notified {
  readonly userId: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** How many connections got it. */
  readonly receivers: number;
}

/** Notifications of users, in order. */
export class Notifications implements Iterable<Notified> {
  /** @internal */
  readonly journal: Journal;

  constructor(journal: Journal) {
    this.journal = journal;
  }

  get all(): readonly Notified[] {
    return this.journal.of('notified');
  }

  get length(): number {
    return this.all.length;
  }

  [Symbol.iterator](): Iterator<Notified> {
    return this.all[Symbol.iterator]();
  }

  /** Those of one name, or of one name to one user. */
  of(event: string, userId?: string): readonly Notified[] {
    return this.all.filter(
      (each) => each.event === event && (userId === undefined || each.userId === userId),
    );
  }

  /** @throws SlipwayError SLIPWAY_TESTING_EXPECTATION if there is none, or more than one, with what happened. */
  single(event: string, userId?: string): Notified {
    const [item, ...others] = this.of(event, userId);
    if (item !== undefined && others.length === 0) return item;
    const to = userId === undefined ? '' : ` to ${show(userId)}`;
    const count = item === undefined ? 'was none' : `were ${others.length + 1}`;
    throw new SlipwayError('SLIPWAY_TESTING_EXPECTATION', {
      message: `Expected one notification ${event}${to}, and there ${count}.\n${this.journal.tellInShort()}`,
    });
  }
}
