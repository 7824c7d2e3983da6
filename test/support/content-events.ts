import { z } from 'zod';
import { defineEvent, eventRegistry, float, upcastFrom } from '../../src/index.js';

/** The first version, as old messages have it. */
export const ContentCreatedV1 = defineEvent('content.created.v1', {
  topic: 'content-events',
  schema: z.object({ essay_id: z.string(), name: z.string() }),
  key: 'essay_id',
});

export const ContentCreated = defineEvent('content.created.v2', {
  topic: 'content-events',
  schema: z.object({
    essay_id: z.string().min(1),
    title: z.string(),
    score: float().optional(),
    tags: z.array(z.string()).default([]),
  }),
  key: 'essay_id',
  description: 'An essay was | handed in.',
  examples: [{ essay_id: 'e1', title: 'On sheds', score: 1 }],
  upcast: { 1: upcastFrom(ContentCreatedV1, ({ essay_id, name }) => ({ essay_id, title: name })) },
});

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** Versioned by the envelope; its data is read by a codec. */
export const BatchClosed = defineEvent('BATCH_CLOSED', {
  topic: 'batch.events',
  version: 3,
  schema: z.object({ batch: z.object({ id: z.string() }), closed_at: isoDate }),
  key: (data) => data.batch.id,
  upcast: { 2: (data) => ({ ...(data as object), closed_at: '2025-01-01T00:00:00Z' }) },
});

export const Ticked = defineEvent('ticked', { topic: 'ticks', schema: z.null(), key: null });

export const contentEvents = eventRegistry([ContentCreated, BatchClosed, Ticked]);
