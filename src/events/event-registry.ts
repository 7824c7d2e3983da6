import { z } from 'zod';
import { nearest } from '../errors/nearest.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { EventRegistry, EventRoute } from '../protocols/event-registry.js';
import { dataProblems, invalidEvent, schemaFailure } from './check-data.js';
import { encodeEnvelope } from './encode-envelope.js';
import type { EventEnvelope } from './envelope.js';
import type { EventDefinition, EventOf } from './event-definition.js';
import { splitEventType } from './event-type.js';
import { parseEvent, versionOf } from './parse-event.js';
import { wireData } from './schema/wire-data.js';

/**
 * The registry of these events.
 * @throws SlipwayError SLIPWAY_EVENT_DEFINITION if two of them have one type.
 */
export function eventRegistry<const Events extends readonly EventDefinition[]>(
  events: Events,
): EventRegistry<Events[number]> {
  return new Registry<Events[number]>(events);
}

class Registry<Event extends EventDefinition> implements EventRegistry<Event> {
  readonly events: readonly Event[];
  readonly #byType = new Map<string, Event>();
  /** Those whose type tells the version, newest first, by the type without it. */
  readonly #families = new Map<string, readonly Event[]>();

  constructor(events: readonly Event[]) {
    this.events = [...events];
    for (const event of events) {
      if (this.#byType.has(event.type)) {
        throw new SlipwayError('SLIPWAY_EVENT_DEFINITION', {
          message: `Two events have the type '${event.type}'. Define each event once and import it where it is used.`,
          context: { eventType: event.type },
        });
      }
      this.#byType.set(event.type, event);
      const family = event.versionedBy === 'type' ? splitEventType(event.type)?.family : undefined;
      if (family === undefined) continue;
      const members = [...(this.#families.get(family) ?? []), event];
      this.#families.set(
        family,
        members.toSorted((a, b) => b.version - a.version),
      );
    }
  }

  get(type: string): Event | undefined {
    return this.#byType.get(type);
  }

  topicName(type: string): string {
    return this.#known(type).topic;
  }

  route(envelope: EventEnvelope): EventRoute {
    const event = this.#known(envelope.eventType);
    const key = keyOf(event, envelope);
    return key === undefined ? { topic: event.topic } : { topic: event.topic, key };
  }

  parse(envelope: EventEnvelope): EventOf<Event> {
    return parseEvent(this.#reader(envelope.eventType), envelope);
  }

  toWire(envelope: EventEnvelope): EventEnvelope {
    const event = this.get(envelope.eventType);
    if (event === undefined || versionOf(event, envelope) !== event.version) return envelope;
    try {
      return { ...envelope, data: wireData(event.schema, envelope.data) };
    } catch (cause) {
      if (!(cause instanceof z.core.$ZodError)) throw schemaFailure(event.type, cause);
      const problems = dataProblems(cause);
      throw invalidEvent(`Event ${envelope.eventId} of type ${event.type}`, problems, cause);
    }
  }

  encode(envelope: EventEnvelope): Uint8Array {
    return encodeEnvelope(this.toWire(envelope));
  }

  #known(type: string): Event {
    const event = this.get(type);
    if (event === undefined) throw this.#unknown(type);
    return event;
  }

  /** The event that reads what has this type: its own, or a newer version that has an upcaster from it. */
  #reader(type: string): Event {
    const event = this.get(type);
    if (event !== undefined) return event;
    const split = splitEventType(type);
    const family = split === undefined ? [] : (this.#families.get(split.family) ?? []);
    const [newest] = family;
    if (split === undefined || newest === undefined) throw this.#unknown(type);
    return family.find(({ upcasters }) => upcasters.has(split.version)) ?? newest;
  }

  #unknown(type: string): SlipwayError {
    const types = [...this.#byType.keys()];
    const [closest] = nearest(type, types);
    const guess = closest === undefined ? '' : ` Did you mean '${closest}'?`;
    const known = types.length === 0 ? 'None is' : `Registered are: ${types.toSorted().join(', ')}`;
    return new SlipwayError('SLIPWAY_EVENT_UNKNOWN', {
      message: `No event of type '${type}' is registered.${guess} ${known}.`,
      context: { eventType: type, known: types },
    });
  }
}

function keyOf(event: EventDefinition, envelope: EventEnvelope): string | undefined {
  let key: unknown;
  let cause: unknown;
  try {
    key = event.keyOf(envelope.data);
  } catch (error) {
    cause = error;
  }
  if (cause === undefined && event.keyName === undefined) return undefined;
  if (typeof key === 'string' && key !== '') return key;
  const which = event.keyName === 'computed' ? 'its key function' : `data.${event.keyName}`;
  const got = cause !== undefined ? 'failed' : key === '' ? 'is empty' : 'is no text';
  throw invalidEvent(
    `Event ${envelope.eventId} of type ${event.type}`,
    [`${which} ${got}, so it has no partition key`],
    cause,
  );
}
