import { z } from 'zod';
import { SlipwayError } from '../errors/slipway-error.js';
import { envelopeError } from './create-envelope.js';
import type { EventEnvelope } from './envelope.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const wireSchema = z.object({
  event_id: z.guid(),
  event_type: z.string().min(1),
  event_timestamp: z.iso.datetime({ offset: true }),
  source_service: z.string(),
  schema_version: z.int().default(1),
  correlation_id: z.guid(),
  data_schema_uri: z.string().nullable().default(null),
  data: z.unknown().refine((data) => data !== undefined, { error: 'is missing' }),
  metadata: z.record(z.string(), z.unknown()).nullable().default(null),
});

/**
 * The envelope in a Kafka value. Unknown fields are ignored; `data` stays unchecked. Digits of a timestamp beyond the
 * milliseconds, and of a number beyond a double, are lost.
 * @throws SlipwayError SLIPWAY_EVENT_UNREADABLE if the bytes are no UTF-8 JSON, SLIPWAY_EVENT_INVALID naming each
 * field that is wrong.
 */
export function parseEnvelope(value: Uint8Array): EventEnvelope {
  const checked = wireSchema.safeParse(readJson(value));
  if (!checked.success) throw envelopeError('The envelope', checked.error);
  const wire = checked.data;
  return {
    eventId: wire.event_id.toLowerCase(),
    eventType: wire.event_type,
    eventTimestamp: new Date(wire.event_timestamp),
    sourceService: wire.source_service,
    schemaVersion: wire.schema_version,
    correlationId: wire.correlation_id.toLowerCase(),
    dataSchemaUri: wire.data_schema_uri,
    data: wire.data,
    metadata: wire.metadata,
  };
}

function readJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(value)) as unknown;
  } catch (cause) {
    throw new SlipwayError('SLIPWAY_EVENT_UNREADABLE', {
      message: `A value of ${value.byteLength} bytes is not UTF-8 JSON. Look at what its producer writes.`,
      cause,
    });
  }
}
