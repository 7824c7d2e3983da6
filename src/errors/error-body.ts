import { type ErrorDetail, jsonSafe } from './error-detail.js';
import { type HttpErrorStatus, httpStatusOf } from './http-status.js';
import { isoFormat } from './iso-format.js';
import { SlipwayError } from './slipway-error.js';

/** The body of an HTTP answer that tells an error, as the original's services send it. */
export interface ErrorBody {
  readonly error: ErrorDetail;
}

/** An error of the service's own, for its clients to read. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface ErrorBodyOptions {
  /** What the client sent or was given as its correlation id. Default: the error's own, else null. */
  readonly correlationId?: string;
  /** The service that answers. Default: the error's own, else null. */
  readonly service?: string;
}

export interface UnforeseenErrorOptions extends ErrorBodyOptions {
  /**
   * `public` (default): a sentence that names no address, topic, token or path. `internal`: the error's whole message
   * and context, as {@link SlipwayError.toJSON} has them, for callers that may know how the service is built.
   */
  readonly audience?: 'public' | 'internal';
}

const publicMessages: Readonly<Record<HttpErrorStatus, string>> = {
  400: 'The request cannot be processed as it is.',
  413: 'The request is too large.',
  500: 'The service failed.',
  502: 'A server behind the service refused the request.',
  503: 'The service is not available at the moment. Send the same request again later.',
  504: 'A server behind the service did not answer in time. Send the same request again later.',
};

/** Codes whose message speaks of what the caller sent and of nothing else. */
const aboutTheRequest: ReadonlySet<string> = new Set(['SLIPWAY_EVENT_INVALID', 'SLIPWAY_EVENT_UNREADABLE']);
/** What a caller needs to decide whether to send its request again. */
const publicDetails = ['outcome', 'maybeApplied'] as const;

/**
 * The HTTP body for any error a handler did not deal with; `httpStatusOf(error)` is its status. What is no SlipwayError
 * is `UNKNOWN_ERROR` with its class alone, whoever reads it. No cause, stack or secret is in it.
 */
export function errorBody(error: unknown, options: UnforeseenErrorOptions = {}): ErrorBody {
  if (!SlipwayError.is(error)) {
    const error_type = error instanceof Error ? error.constructor.name : typeof error;
    return problemBody(
      { code: 'UNKNOWN_ERROR', message: 'An unexpected error occurred', details: { error_type } },
      options,
    );
  }
  const whole = SlipwayError.prototype.toJSON.call(error);
  const { correlationId = whole.correlation_id, service = whole.service, audience = 'public' } = options;
  const shown =
    audience === 'internal' || aboutTheRequest.has(whole.code)
      ? whole
      : {
          ...whole,
          message: publicMessages[httpStatusOf(error)],
          details: { ...pick(error.context, publicDetails), retryable: error.retryable },
        };
  return { error: { ...shown, correlation_id: correlationId, service } };
}

/** The HTTP body for an error of the service's own. Its details are freed of secrets. */
export function problemBody(problem: Problem, options: ErrorBodyOptions = {}): ErrorBody {
  return {
    error: {
      code: problem.code,
      message: problem.message,
      correlation_id: options.correlationId ?? null,
      service: options.service ?? null,
      timestamp: isoFormat(),
      details: jsonSafe(problem.details ?? {}),
    },
  };
}

function pick(record: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.flatMap((key) => (key in record ? [[key, record[key]]] : [])));
}
