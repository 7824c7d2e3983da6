import type { EventEnvelope } from '../events/envelope.js';
import { isoFormat } from '../events/precise-date.js';
import type { PublishOptions } from '../protocols/kafka.js';
import type { ProducerRecord } from './producer-port.js';
import { traceHeaders } from './trace-context.js';

/** The value of a record. */
export type Encode = (envelope: EventEnvelope) => Uint8Array;

/** What a record takes beside its key, value and headers, at most: lengths, timestamp and offset deltas. */
const recordOverhead = 40;
const headerOverhead = 10;

/**
 * `envelope` as a Kafka record: its JSON as the value, by `encode`; the key as UTF-8 (none if empty), and the headers that the
 * original's consumers read. The caller's own headers stand beside them and do not replace them.
 */
export function toRecord(
  envelope: EventEnvelope,
  { key, headers }: PublishOptions,
  encode: Encode,
): ProducerRecord {
  const value = encode(envelope);
  return {
    key: key === undefined || key === '' ? null : Buffer.from(key),
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: { ...headers, ...envelopeHeaders(envelope) },
    timestamp: Date.now(),
  };
}

/** What the record takes in a batch, in bytes; never less than it really is. */
export function sizeOf({ key, value, headers }: ProducerRecord): number {
  let bytes = recordOverhead + value.length + (key?.length ?? 0);
  for (const name in headers) {
    bytes += headerOverhead + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '');
  }
  return bytes;
}

function envelopeHeaders(envelope: EventEnvelope): Record<string, string> {
  return {
    event_id: envelope.eventId,
    event_type: envelope.eventType,
    correlation_id: envelope.correlationId,
    trace_id: envelope.correlationId,
    schema_version: String(envelope.schemaVersion),
    occurred_at: isoFormat(envelope.eventTimestamp),
    content_type: 'application/json',
    source_service: envelope.sourceService,
    ...traceHeaders(envelope),
  };
}
