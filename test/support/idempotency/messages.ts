import { randomUUID } from 'node:crypto';
import {
  IdempotentReceiver,
  type IdempotencyOptions,
  type ReceivedMessage,
  SlipwayError,
} from '../../../src/index.js';

/** A message with the headers of a KafkaBus. */
export function message(eventId: string = randomUUID()): ReceivedMessage {
  return { value: Buffer.from('{}'), headers: { event_id: eventId, event_type: 'essay.graded.v1' } };
}

/** A receiver of a service of its own, or of the given one. */
export function createReceiver(
  options: Pick<IdempotencyOptions, 'redis'> & Partial<IdempotencyOptions>,
): IdempotentReceiver {
  return new IdempotentReceiver({ serviceName: 'grades', ...options });
}

/** The code of the SlipwayError that `promise` rejects with; fails for anything else. */
export async function rejection(promise: Promise<unknown>): Promise<SlipwayError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && SlipwayError.is(outcome.error)) return outcome.error;
  throw new Error(`No SlipwayError came of it, but ${JSON.stringify(outcome)}`);
}
