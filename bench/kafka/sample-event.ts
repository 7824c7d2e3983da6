import { z } from 'zod';
import { defineEvent, float } from '../../src/index.js';
import { eventType } from './sample.js';

/** The event of the benchmark, with the schema by which consumers check it. */
export function definition(topic: string) {
  return defineEvent(eventType, {
    topic,
    key: 'essay_id',
    schema: z.object({
      essay_id: z.uuid(),
      batch_id: z.uuid(),
      score: float(),
      words: z.int(),
      final: z.boolean(),
      course: z.string(),
      marks: z.array(z.int()),
    }),
  });
}
