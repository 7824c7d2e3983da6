import { z } from 'zod';

/** Goes into a Redis key and a channel name: no colon, no space. */
export const userIdSchema = z
  .string({ error: 'must be a text' })
  .regex(/^[\w.@-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, dots, dashes, underscores or @' });

/** 100 000 characters stay below the largest Kafka message, however they are escaped. */
const textSchema = z
  .string({ error: 'must be a text' })
  .min(1, { error: 'must not be empty' })
  .max(100_000, { error: 'must have at most 100000 characters' });

const titleSchema = z
  .string({ error: 'must be a text' })
  .trim()
  .normalize()
  .min(1, { error: 'must not be empty' })
  .max(200, { error: 'must have at most 200 characters' });

/** The body of `POST /api/v1/essays`. */
export const essaySchema = z.strictObject({ userId: userIdSchema, title: titleSchema, text: textSchema });

export type NewEssay = z.output<typeof essaySchema>;

/** What the essay and its event are called. */
export interface CreatedEssay {
  readonly essayId: string;
  readonly eventId: string;
}
