import { z } from 'zod';
import { defineEvent } from '../../src/index.js';

/** An essay was handed in. The events of one essay keep their order. */
export const ContentCreated = defineEvent('CONTENT_CREATED', {
  topic: 'content-events',
  schema: z.object({ essay_id: z.string(), user_id: z.string(), title: z.string(), text: z.string() }),
  key: 'essay_id',
  description: 'An essay was handed in.',
});
