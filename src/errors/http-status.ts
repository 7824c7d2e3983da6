import type { ErrorCode } from './codes.js';
import { SlipwayError } from './slipway-error.js';

/** A status an error of slipway's is answered with. */
export type HttpErrorStatus = 400 | 413 | 500 | 502 | 503 | 504;

/**
 * The codes whose status does not follow from `retryable`: 503 where the same request may succeed later, else 500.
 * docs/errors.md holds this list; a test compares them.
 */
export const httpStatuses: Readonly<Partial<Record<ErrorCode, HttpErrorStatus>>> = {
  // The service is about to start or to stop: another instance, or this one a little later, may answer.
  SLIPWAY_CONTAINER_NOT_STARTED: 503,
  SLIPWAY_CONTAINER_CLOSED: 503,
  SLIPWAY_KAFKA_NOT_STARTED: 503,
  SLIPWAY_KAFKA_CLOSED: 503,
  SLIPWAY_KAFKA_DISABLED: 503,
  SLIPWAY_REDIS_NOT_STARTED: 503,
  SLIPWAY_REDIS_STOPPED: 503,
  SLIPWAY_REDIS_DISABLED: 503,

  SLIPWAY_EVENT_INVALID: 400,
  SLIPWAY_EVENT_UNREADABLE: 400,
  SLIPWAY_KAFKA_TOO_LARGE: 413,

  // A server behind the service answered, with a refusal that repeating does not mend.
  SLIPWAY_KAFKA_AUTH: 502,
  SLIPWAY_KAFKA_REJECTED: 502,
  SLIPWAY_REDIS_WRONG_PASSWORD: 502,
  SLIPWAY_REDIS_NO_AUTH: 502,
  SLIPWAY_REDIS_NO_PERMISSION: 502,
  SLIPWAY_REDIS_COMMAND: 502,

  SLIPWAY_KAFKA_TIMEOUT: 504,
  SLIPWAY_REDIS_TIMEOUT: 504,
};

/**
 * The HTTP status for an error that a handler did not deal with: 500 for anything that is no SlipwayError. A factory's
 * failure has the status of the SlipwayError that the factory threw.
 */
export function httpStatusOf(error: unknown): HttpErrorStatus {
  if (!SlipwayError.is(error)) return 500;
  if (error.code === 'SLIPWAY_CONTAINER_BUILD') {
    return SlipwayError.is(error.cause) ? httpStatusOf(error.cause) : 500;
  }
  return httpStatuses[error.code] ?? (error.retryable ? 503 : 500);
}
