import { SlipwayError } from '../errors/slipway-error.js';
import type { EventIdentity } from './event-identity.js';
import type { ProcessingMarker } from './marker.js';

export function inProgress(
  { key, eventType, eventId }: EventIdentity,
  marker: ProcessingMarker | undefined,
  retryAfterMs: number,
): SlipwayError {
  const by = marker?.processedBy === undefined ? 'another receiver' : marker.processedBy;
  return new SlipwayError('SLIPWAY_IDEMPOTENCY_IN_PROGRESS', {
    message: `The event of type ${eventType} under ${key} is being handled by ${by}. Do not commit it: try again later, it is either done then or free.`,
    context: { key, eventType, eventId, processedBy: marker?.processedBy, retryAfterMs },
  });
}

export function claimLost({ key, eventType }: EventIdentity, why: string, cause?: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_IDEMPOTENCY_CLAIM_LOST', {
    message: `The claim ${key} of an event of type ${eventType} is lost: ${why}. Stop the work; the event is to be received again.`,
    context: { key, eventType },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function unavailable({ key, eventType }: EventIdentity, cause: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_IDEMPOTENCY_UNAVAILABLE', {
    message: `Redis did not say whether the event of type ${eventType} under ${key} was handled before, and onFailure is closed. Try again later.`,
    context: { key, eventType },
    cause,
  });
}

export function unidentified(why: string, cause?: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_IDEMPOTENCY_NO_ID', {
    message: `A message cannot be told from others: ${why}. Publish it with the headers event_id and event_type, or an envelope as its value.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

export function commitMisuse(key: string, why: string): SlipwayError {
  return new SlipwayError('SLIPWAY_IDEMPOTENCY_COMMIT', {
    message: `commit() of the claim ${key} was called ${why}. Call it once, as the last step of the handler, with everything that has to happen exactly once.`,
    context: { key },
  });
}

export function optionsError(what: string, advice: string): SlipwayError {
  return new SlipwayError('SLIPWAY_IDEMPOTENCY_OPTIONS', {
    message: `An option of the idempotent receiver is wrong: ${what}. ${advice}`,
  });
}
