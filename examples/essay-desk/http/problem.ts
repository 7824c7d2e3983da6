import type { FastifyReply, FastifyRequest } from 'fastify';
import { SlipwayError } from '../../../src/index.js';
import { DeskError } from '../desk-error.js';
import { correlationOf, tellCorrelation } from './correlation.js';

/** An answer that tells an error. */
export interface Problem {
  readonly statusCode: number;
  readonly code: string;
  /** For the client: without addresses, stacks and secrets. Those stand in the log, under the correlation id. */
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number | undefined;
}

/** What Fastify finds wrong with a request before any handler sees it. */
const requestFaults: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    statusCode: 413,
    code: 'BODY_TOO_LARGE',
    message: 'The body is larger than 1 MiB.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    statusCode: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'The body must be JSON: Content-Type: application/json.',
  },
};

const internal: Problem = {
  statusCode: 500,
  code: 'INTERNAL',
  message: 'The request failed. The log has more under the correlation id.',
};

export const notFound: Problem = { statusCode: 404, code: 'NOT_FOUND', message: 'There is nothing here.' };

export function problemOf(error: unknown): Problem {
  if (error instanceof DeskError) return error;
  if (SlipwayError.is(error)) return slipwayProblem(error);
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const fault = requestFaults[String(code)];
  if (fault !== undefined) return fault;
  if (statusCode === 400) {
    return { statusCode, code: 'INVALID_REQUEST', message: 'The request cannot be read: is its body JSON?' };
  }
  return internal;
}

/** The servers behind the desk fail, or the desk itself is about to start or stop. */
function slipwayProblem({ code }: SlipwayError): Problem {
  const server = /^SLIPWAY_(REDIS|KAFKA)_/.exec(code)?.[1];
  const isClosing = code === 'SLIPWAY_CONTAINER_CLOSED' || code === 'SLIPWAY_CONTAINER_NOT_STARTED';
  if (server === undefined && !isClosing) return internal;
  const who = server === undefined ? 'The desk' : server === 'REDIS' ? 'Redis' : 'Kafka';
  return {
    statusCode: 503,
    code: 'SERVICE_UNAVAILABLE',
    message: `${who} is not available. Send the same request again.`,
    details: { reason: code },
  };
}

const defaultRetrySeconds = 2;

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { statusCode, code, message, details = {} } = problem;
  const retryAfterSeconds =
    problem.retryAfterSeconds ?? (statusCode === 503 ? defaultRetrySeconds : undefined);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  tellCorrelation(request, reply);
  return reply
    .code(statusCode)
    .type('application/json; charset=utf-8')
    .send({ error: { code, message, correlationId: correlationOf(request).told, ...details } });
}
