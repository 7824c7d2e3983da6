import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { withLogContext } from '../../../src/index.js';

const header = 'x-correlation-id';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const harmless = /^[\x21-\x7e]{1,128}$/;

/** What ties together all that one request sets off. */
export interface Correlation {
  /** A UUID, for events and logs. */
  readonly id: string;
  /** What the reply says: the caller's own id, also where that is no UUID. */
  readonly told: string;
}

const known = new WeakMap<object, Correlation>();

/** The request's correlation, made at the first call. */
export function correlationOf(request: FastifyRequest): Correlation {
  let correlation = known.get(request.raw);
  if (correlation === undefined) {
    correlation = readCorrelation(request.headers[header]);
    known.set(request.raw, correlation);
  }
  return correlation;
}

function readCorrelation(value: string | string[] | undefined): Correlation {
  const given = typeof value === 'string' && harmless.test(value) ? value : undefined;
  if (given !== undefined && uuid.test(given)) return { id: given.toLowerCase(), told: given };
  const id = randomUUID();
  return { id, told: given ?? id };
}

/** Runs `work` so that each line it logs carries the request's correlation id. */
export function inLogContext<R>(request: FastifyRequest, work: () => R): R {
  const { id, told } = correlationOf(request);
  const isForeign = told.toLowerCase() !== id;
  return withLogContext({ correlationId: id, ...(isForeign ? { requestCorrelationId: told } : {}) }, work);
}

export function tellCorrelation(request: FastifyRequest, reply: FastifyReply): void {
  reply.header(header, correlationOf(request).told);
}
