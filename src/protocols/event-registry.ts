import type { EventEnvelope } from '../events/envelope.js';
import type { EventDefinition, EventOf } from '../events/event-definition.js';
import { token } from '../tokens/token.js';

/** Where an event goes. Without a key it goes to any partition. */
export interface EventRoute {
  readonly topic: string;
  readonly key?: string;
}

/** The events of an application: what publishers, consumers and generated documents know of them. */
export interface EventRegistry<Event extends EventDefinition = EventDefinition> {
  /** In the order they were registered. */
  readonly events: readonly Event[];
  /** The event of exactly this type. */
  get(type: string): Event | undefined;
  /** @throws SlipwayError SLIPWAY_EVENT_UNKNOWN listing the types that are known. */
  topicName(type: string): string;
  /**
   * Topic and partition key of an event that is to be published.
   * @throws SlipwayError SLIPWAY_EVENT_UNKNOWN, or SLIPWAY_EVENT_INVALID if its data gives no key.
   */
  route(envelope: EventEnvelope): EventRoute;
  /**
   * The event in an envelope as it was read: checked, typed, and of the present version.
   * @throws SlipwayError SLIPWAY_EVENT_UNKNOWN, SLIPWAY_EVENT_VERSION, or SLIPWAY_EVENT_INVALID naming every field
   * that is wrong.
   */
  parse(envelope: EventEnvelope): EventOf<Event>;
  /**
   * The envelope with its data as it stands on the wire: codecs applied backwards, floats of the schema as JsonFloat.
   * Computed at each call and never kept, so a change of the data is never missed. An envelope of a type or version that
   * is not registered comes back as it is.
   * @throws SlipwayError SLIPWAY_EVENT_INVALID if a codec does not take the data.
   */
  toWire(envelope: EventEnvelope): EventEnvelope;
  /** The bytes that go into Kafka: `encodeEnvelope` of {@link toWire}. */
  encode(envelope: EventEnvelope): Uint8Array;
}
export const EventRegistry = token<EventRegistry>()('EventRegistry');
