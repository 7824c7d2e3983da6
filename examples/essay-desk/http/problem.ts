import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorBody, httpStatusOf, type Problem, problemBody } from '../../../src/index.js';
import { DeskError } from '../desk-error.js';
import { correlationOf, tellCorrelation } from './correlation.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Stands in the answers that tell an error. */
    readonly serviceName: string;
  }
}

/** An answer that tells an error: without addresses, stacks and secrets. Those stand in the log, under the correlation id. */
export interface HttpProblem extends Problem {
  readonly statusCode: number;
  readonly retryAfterSeconds?: number | undefined;
}

/** What Fastify finds wrong with a request before any handler sees it. */
const requestFaults: Readonly<Record<string, HttpProblem>> = {
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

export const notFound: HttpProblem = {
  statusCode: 404,
  code: 'NOT_FOUND',
  message: 'There is nothing here.',
};

/** slipway says how its own errors and those that nobody foresaw are told. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof DeskError) return error;
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const fault = requestFaults[String(code)];
  if (fault !== undefined) return fault;
  if (statusCode === 400) {
    return { statusCode, code: 'INVALID_REQUEST', message: 'The request cannot be read: is its body JSON?' };
  }
  return { statusCode: httpStatusOf(error), ...errorBody(error).error };
}

const defaultRetrySeconds = 2;

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: HttpProblem,
): FastifyReply {
  const isTemporary = problem.statusCode === 503 || problem.statusCode === 504;
  const retryAfterSeconds = problem.retryAfterSeconds ?? (isTemporary ? defaultRetrySeconds : undefined);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  tellCorrelation(request, reply);
  return reply
    .code(problem.statusCode)
    .type('application/json; charset=utf-8')
    .send(
      problemBody(problem, {
        correlationId: correlationOf(request).told,
        service: request.server.serviceName,
      }),
    );
}
