import { encodeEnvelope, type EventEnvelope } from '../../src/index.js';

/** An event as services exchange it, a kilobyte in JSON: ids, counts, scores, a list, and a line of text. */
export function eventOfOneKilobyte(): {
  readonly envelope: EventEnvelope;
  /** The same, as JSON.stringify would write it under the names of the wire. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
  readonly text: string;
} {
  const envelope: EventEnvelope = {
    eventId: '0b7f7175-9929-4941-852d-e77d146f3870',
    eventType: 'essays.batch.completed.v1',
    eventTimestamp: new Date('2025-07-20T14:47:20.418Z'),
    sourceService: 'essay-lifecycle-service',
    schemaVersion: 1,
    correlationId: '2eaae434-375f-4d0d-b668-e35bbd33b247',
    dataSchemaUri: null,
    data: {
      batch_id: 'b5d0d9ca-4f3d-4f0e-8d2f-6f1c7a0e5b11',
      status: 'completed_successfully',
      processed: 24,
      failed: 0,
      mean_score: 81.375,
      deadline: null,
      final: true,
      course: 'Engelska 6, högskoleförberedande',
      essays: Array.from({ length: 5 }, (_, index) => ({
        essay_id: `4c1f0a52-7a3e-4c8b-9d26-00000000000${index}`,
        score: 71.25 + index * 3.5,
        words: 412 + index,
        corrected: index % 2 === 0,
      })),
    },
    metadata: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  };
  const bytes = encodeEnvelope(envelope);
  const text = Buffer.from(bytes).toString();
  return { envelope, fields: JSON.parse(text) as Record<string, unknown>, bytes, text };
}
