import { randomUUID } from 'node:crypto';

/** What an event of the benchmark says: with its envelope some 600 bytes of JSON. */
export const data = {
  essay_id: 'b5d0d9ca-4f3d-4f0e-8d2f-6f1c7a0e5b11',
  batch_id: '7f1d3c60-2b0e-4e0a-9b44-0d8e1c9a3f52',
  score: 81.375,
  words: 412,
  final: true,
  course: 'Engelska 6, högskoleförberedande',
  marks: [3, 4, 5, 3],
};

export const eventType = 'bench.essay.graded.v1';
const sourceService = 'grading-service';
const correlationId = '2eaae434-375f-4d0d-b668-e35bbd33b247';
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** Messages of as many keys as a service may have at a time, over all partitions. */
export function keyOf(number: number): string {
  return `essay-${number % 997}`;
}

/** An event with an id and a time of its own, under the names of the wire. */
export function wireEvent() {
  return {
    event_id: randomUUID(),
    event_type: eventType,
    event_timestamp: new Date().toISOString(),
    source_service: sourceService,
    schema_version: 1,
    correlation_id: correlationId,
    data_schema_uri: null,
    data,
    metadata: { traceparent },
  };
}

/** The headers that KafkaBus gives to each event: others send as many. */
export function headersOf(event: ReturnType<typeof wireEvent>): Record<string, string> {
  return {
    event_id: event.event_id,
    event_type: event.event_type,
    correlation_id: event.correlation_id,
    trace_id: event.correlation_id,
    schema_version: '1',
    occurred_at: event.event_timestamp,
    content_type: 'application/json',
    source_service: event.source_service,
    traceparent,
  };
}

/** The same event as KafkaBus takes it. */
export function envelope() {
  return {
    eventId: randomUUID(),
    eventType,
    eventTimestamp: new Date(),
    sourceService,
    schemaVersion: 1,
    correlationId,
    dataSchemaUri: null,
    data,
    metadata: { traceparent },
  };
}
