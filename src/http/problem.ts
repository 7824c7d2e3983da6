import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody, type Problem, problemBody } from '../errors/error-body.js';
import { httpStatusOf } from '../errors/http-status.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { Logger } from '../protocols/logger.js';
import { correlationHeader, correlationOf, inRequestLog } from './correlation.js';
import { endSocket } from './end-socket.js';

/** An error of the service's own as its clients are told of it. */
export interface HttpProblem extends Problem {
  /** From 400 to 599. */
  readonly statusCode: number;
  /** When the same request may succeed: the header `retry-after`. Default: 2 with 503 and 504, else none. */
  readonly retryAfterSeconds?: number | undefined;
}

/** How errors are answered. */
export interface ProblemOptions {
  /** Stands in the body. */
  readonly service?: string;
  /** Told of errors whose status is 500 or more: at `error`, with 503 and 504 at `warn`. */
  readonly logger?: Logger;
  /**
   * How the service's own errors are told. Asked first; `undefined` leaves an error to slipway. So does one that throws or
   * tells another status, of which the log is told at `error`.
   */
  readonly problemOf?: (error: unknown) => HttpProblem | undefined;
}

/** An answer that tells an error: without addresses, stacks and secrets. */
export interface ProblemAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON: the error body of docs/errors.md. */
  readonly body: string;
}

const defaultRetrySeconds = 2;

/** What a framework found wrong with a request before a handler saw it, by status. */
const requestProblems: Readonly<Record<number, Problem>> = {
  400: { code: 'INVALID_REQUEST', message: 'The request cannot be read.' },
  401: { code: 'UNAUTHENTICATED', message: 'The request does not say who sends it.' },
  403: { code: 'FORBIDDEN', message: 'The request is not allowed.' },
  404: { code: 'NOT_FOUND', message: 'There is nothing here.' },
  405: { code: 'METHOD_NOT_ALLOWED', message: 'This method is not known here.' },
  408: { code: 'REQUEST_TIMEOUT', message: 'The request did not come to its end in time.' },
  413: { code: 'BODY_TOO_LARGE', message: 'The body is too large.' },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Bodies of this type are not read here.' },
  426: { code: 'UPGRADE_REQUIRED', message: 'This address speaks WebSocket alone.' },
  429: { code: 'TOO_MANY_REQUESTS', message: 'These are too many requests.' },
  431: { code: 'HEADERS_TOO_LARGE', message: 'The headers are too large.' },
  503: { code: 'UNAVAILABLE', message: 'This instance cannot answer now. Another one may.' },
};

const invalid: Problem = { code: 'INVALID_REQUEST', message: 'The request cannot be read.' };

/** The answer of one status, for a request whose correlation id is known. */
export function statusAnswer(
  statusCode: number,
  correlationId: string,
  { service }: ProblemOptions = {},
): ProblemAnswer {
  const problem = requestProblems[statusCode] ?? invalid;
  return toldAnswer({ statusCode, ...problem }, correlationId, service);
}

function toldAnswer(problem: HttpProblem, correlationId: string, service: string | undefined): ProblemAnswer {
  const options = { correlationId, ...(service === undefined ? {} : { service }) };
  const body = problemBody(problem, options);
  return answerOf(problem.statusCode, body, correlationId, problem.retryAfterSeconds);
}

/**
 * The answer to an error that nobody dealt with. Errors of frameworks that blame the request (a `statusCode` or `status`
 * from 400 to 499) keep their status; their text, which may quote the request, is not shown.
 */
export function problemAnswer(
  error: unknown,
  request: IncomingMessage,
  options: ProblemOptions = {},
): ProblemAnswer {
  const { original: correlationId } = correlationOf(request);
  const { service } = options;
  const own = ownAnswer(error, request, correlationId, options);
  if (own !== undefined) return own;
  const blamed = SlipwayError.is(error) ? undefined : requestFault(error);
  if (blamed !== undefined) return statusAnswer(blamed, correlationId, options);
  const body = errorBody(error, { correlationId, ...(service === undefined ? {} : { service }) });
  return answerOf(httpStatusOf(error), body, correlationId);
}

/** What the service says of its error. A `problemOf` that fails must not cost the answer. */
function ownAnswer(
  error: unknown,
  request: IncomingMessage,
  correlationId: string,
  { problemOf, service, logger }: ProblemOptions,
): ProblemAnswer | undefined {
  try {
    const own = problemOf?.(error) ?? undefined;
    if (own === undefined) return undefined;
    if (isErrorStatus(own.statusCode)) return toldAnswer(own, correlationId, service);
    const { statusCode } = own;
    inRequestLog(request, () => logger?.error('problemOf told a status that no error has', { statusCode }));
  } catch (failure) {
    inRequestLog(request, () => logger?.error('problemOf failed', { error: failure }));
  }
  return undefined;
}

function isErrorStatus(statusCode: unknown): boolean {
  return Number.isInteger(statusCode) && Number(statusCode) >= 400 && Number(statusCode) <= 599;
}

function requestFault(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { statusCode, status } = error as { readonly statusCode?: unknown; readonly status?: unknown };
  const code = statusCode ?? status;
  return typeof code === 'number' && code >= 400 && code < 500 ? code : undefined;
}

function answerOf(
  statusCode: number,
  body: object,
  correlationId: string,
  retryAfterSeconds = statusCode === 503 || statusCode === 504 ? defaultRetrySeconds : undefined,
): ProblemAnswer {
  const text = JSON.stringify(body);
  return {
    statusCode,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      [correlationHeader]: correlationId,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: text,
  };
}

/** {@link problemAnswer}, of which the log is told where the fault is not the request's. */
export function loggedAnswer(
  error: unknown,
  request: IncomingMessage,
  options: ProblemOptions,
): ProblemAnswer {
  const answer = problemAnswer(error, request, options);
  inRequestLog(request, () => tellFailure(error, answer.statusCode, options.logger));
  return answer;
}

/**
 * Logs an error that was answered so. While a server behind the service is away every request fails for that one reason:
 * such lines are warnings, which have no stacks.
 */
function tellFailure(error: unknown, statusCode: number, logger: Logger | undefined): void {
  if (statusCode === 503 || statusCode === 504) logger?.warn('Request failed', { error });
  else if (statusCode >= 500) logger?.error('Request failed', { error });
}

/** Answers an error on a response of node:http; one that has begun is cut, so that nobody takes it for whole. */
export function sendProblem(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  options: ProblemOptions = {},
): void {
  const answer = loggedAnswer(error, request, options);
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  for (const name of ofAnotherBody) response.removeHeader(name);
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.statusCode, { ...answer.headers, 'content-length': length }).end(answer.body);
}

/** Headers of the answer that the handler had in mind: of this one they would be false, and its length would cut it. */
export const ofAnotherBody = [
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'etag',
  'last-modified',
  'trailer',
  'transfer-encoding',
] as const;

const clientErrors: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers what is no HTTP request, or did not come to its end, in the shape of all other errors: for
 * `server.on('clientError', unreadableRequests())` and for Fastify's `clientErrorHandler`.
 */
export function unreadableRequests(options: ProblemOptions = {}) {
  const answered = new WeakSet<Duplex>();
  return (error: Error & { readonly code?: string }, socket: Duplex): void => {
    // What is still on its way may be as unreadable: to cut it now would cost the client the answer.
    if (answered.has(socket)) return;
    if (error.code === 'ECONNRESET' || !socket.writable || hasBegunToAnswer(socket)) {
      socket.destroy();
      return;
    }
    answered.add(socket);
    endSocket(socket, statusAnswer(clientErrors[error.code ?? ''] ?? 400, randomUUID(), options));
  };
}

/**
 * Is an answer on its way out that another one would stand in the middle of? Node tells it nowhere else, and looks at the
 * same place before it answers by itself.
 */
function hasBegunToAnswer(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { readonly _httpMessage?: ServerResponse | null };
  return answer?.headersSent === true;
}
