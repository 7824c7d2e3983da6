import { SlipwayError } from '../errors/slipway-error.js';
import type { EventEnvelope } from './envelope.js';
import { pythonJson } from './python-json.js';

const encoder = new TextEncoder();

/**
 * The bytes that go into Kafka: the JSON of the original's Python services, name for name and byte for byte, so that
 * both kinds of service read and hash the same value. Timestamps have the precision of a Date, milliseconds.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID if `data` is missing or is no JSON value.
 */
export function encodeEnvelope(envelope: EventEnvelope): Uint8Array {
  if (['undefined', 'function', 'symbol'].includes(typeof envelope.data)) {
    throw new SlipwayError('SLIPWAY_EVENT_INVALID', {
      message: `The envelope of ${envelope.eventType} has no data that is JSON. Give null if the event has none.`,
      context: { eventId: envelope.eventId, eventType: envelope.eventType },
    });
  }
  return encoder.encode(
    pythonJson({
      event_id: envelope.eventId,
      event_type: envelope.eventType,
      event_timestamp: envelope.eventTimestamp,
      source_service: envelope.sourceService,
      schema_version: envelope.schemaVersion,
      correlation_id: envelope.correlationId,
      data_schema_uri: envelope.dataSchemaUri,
      data: envelope.data,
      metadata: envelope.metadata,
    }),
  );
}
