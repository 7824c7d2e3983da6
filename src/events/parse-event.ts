import { SlipwayError } from '../errors/slipway-error.js';
import { checkData, dataProblems, invalidEvent } from './check-data.js';
import type { EventEnvelope } from './envelope.js';
import type { EventDefinition, EventOf } from './event-definition.js';
import { splitEventType } from './event-type.js';
import { upcast } from './upcast.js';

/** The version of the data in `envelope`, which is an `event` or an older version of it. */
export function versionOf(event: EventDefinition, envelope: EventEnvelope): number {
  if (event.versionedBy === 'schemaVersion') return envelope.schemaVersion;
  return splitEventType(envelope.eventType)?.version ?? event.version;
}

/**
 * What handlers of `event` get of an envelope as it was read: its data checked and, if it is of an older version,
 * brought to the present one. Type and version are the definition's then; the id stays.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID naming every field that is wrong, SLIPWAY_EVENT_VERSION for a version
 * newer than the definition or without an upcaster.
 */
export function parseEvent<Event extends EventDefinition>(
  event: Event,
  envelope: EventEnvelope,
): EventOf<Event> {
  const version = versionOf(event, envelope);
  if (version > event.version || (version < event.version && !event.upcasters.has(version))) {
    throw versionError(event, envelope, version);
  }
  const checked = checkData(event.type, event.schema, upcast(event, version, envelope.data));
  if (!checked.success) {
    const problems = dataProblems(checked.error);
    throw invalidEvent(`Event ${envelope.eventId} of type ${envelope.eventType}`, problems, checked.error);
  }
  const parsed: EventEnvelope = {
    ...envelope,
    eventType: event.type,
    schemaVersion: event.version,
    data: checked.data,
  };
  return parsed as EventOf<Event>;
}

function versionError(event: EventDefinition, envelope: EventEnvelope, version: number): SlipwayError {
  const oldest = Math.min(event.version, ...event.upcasters.keys());
  const advice =
    version > event.version
      ? 'Deploy the newer definition before its publisher.'
      : 'Give the definition an upcaster from it.';
  return new SlipwayError('SLIPWAY_EVENT_VERSION', {
    message: `Event ${envelope.eventId} of type ${envelope.eventType} has version ${version}; ${event.type} is read from version ${oldest} to ${event.version}. ${advice}`,
    context: { eventId: envelope.eventId, eventType: envelope.eventType, version },
  });
}
