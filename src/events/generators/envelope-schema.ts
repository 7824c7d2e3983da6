import type { EventDefinition } from '../event-definition.js';
import type { JsonSchema } from './json-schema.js';

/** The JSON Schema of the Kafka value of an event, under the names of the wire, around the schema of its data. */
export function envelopeSchema(event: EventDefinition, data: unknown): JsonSchema {
  const version = event.versionedBy === 'schemaVersion' ? { const: event.version } : {};
  const properties = {
    event_id: { type: 'string', format: 'uuid' },
    event_type: { type: 'string', const: event.type },
    event_timestamp: { type: 'string', format: 'date-time' },
    source_service: { type: 'string' },
    schema_version: { type: 'integer', ...version },
    correlation_id: { type: 'string', format: 'uuid' },
    data_schema_uri: { type: ['string', 'null'] },
    data,
    metadata: { type: ['object', 'null'] },
  };
  return { type: 'object', required: Object.keys(properties), properties };
}

/** A Kafka value with this data, the same at every call. */
export function exampleEnvelope(event: EventDefinition, data: unknown): Readonly<Record<string, unknown>> {
  return {
    event_id: '5f0c0c2e-6a3b-4c58-9a53-0d2f6f4f8a11',
    event_type: event.type,
    event_timestamp: '2025-01-01T12:00:00Z',
    source_service: 'example',
    schema_version: event.version,
    correlation_id: '0b8f2f1e-3c44-4d0e-8f7a-2f4a0c9d1e22',
    data_schema_uri: null,
    data,
    metadata: null,
  };
}
