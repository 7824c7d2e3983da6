import { SlipwayError } from '../errors/slipway-error.js';
import type { EventEnvelope } from './envelope.js';
import { pythonString } from './json/python-string.js';
import { wireTimestamp } from './precise-date.js';
import { wireText } from './wire-source.js';

/**
 * The bytes that go into Kafka: the JSON of the original's services, name for name and byte for byte, so that both
 * kinds of service read and hash the same value. A number that is an integer is written as one (`jsonFloat(1)` is
 * written as `1.0`), a bigint in full, a Date with its milliseconds and a {@link PreciseDate} with all it has.
 *
 * Data that {@link parseEnvelope} made and nobody changed is written as the original would write what was read.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID if `data` is missing or is no JSON value, or the timestamp is no time.
 */
export function encodeEnvelope(envelope: EventEnvelope): Uint8Array {
  const { eventId, eventType, eventTimestamp, schemaVersion, dataSchemaUri, data, metadata } = envelope;
  if (['undefined', 'function', 'symbol'].includes(typeof data)) {
    throw invalid(envelope, 'has no data that is JSON. Give null if the event has none');
  }
  if (Number.isNaN(eventTimestamp.getTime())) throw invalid(envelope, 'has an invalid Date as its timestamp');
  return Buffer.from(
    `{"event_id": ${pythonString(eventId)}, "event_type": ${pythonString(eventType)}, ` +
      `"event_timestamp": "${wireTimestamp(eventTimestamp)}", ` +
      `"source_service": ${pythonString(envelope.sourceService)}, "schema_version": ${schemaVersion}, ` +
      `"correlation_id": ${pythonString(envelope.correlationId)}, ` +
      `"data_schema_uri": ${dataSchemaUri === null ? 'null' : pythonString(dataSchemaUri)}, ` +
      `"data": ${wireText(data, 'data', envelope)}, ` +
      `"metadata": ${metadata === null ? 'null' : wireText(metadata, 'metadata', envelope)}}`,
    'latin1',
  );
}

function invalid({ eventId, eventType }: EventEnvelope, what: string): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_INVALID', {
    message: `The envelope of ${eventType} ${what}.`,
    context: { eventId, eventType },
  });
}
