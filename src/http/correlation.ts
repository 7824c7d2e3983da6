import type { IncomingMessage } from 'node:http';
import { type CorrelationContext, correlationContext } from '../events/ids/correlation.js';
import { type LogFields, withLogContext } from '../logging/log-context.js';

export const correlationHeader = 'x-correlation-id';

/** What may stand in a header of the answer and in a log: no line break, no secret of any length. */
const harmless = /^[\x21-\x7e]{1,128}$/;

const known = new WeakMap<IncomingMessage, CorrelationContext>();

/**
 * The correlation id of a request: of its header `X-Correlation-ID`, else of its query `correlation_id`, else a new one;
 * what could not stand in a header counts as none. The same at every call.
 */
export function correlationOf(request: IncomingMessage): CorrelationContext {
  let correlation = known.get(request);
  if (correlation === undefined) {
    correlation = correlationContext({
      header: usable(request.headers[correlationHeader]),
      query: usable(queryOf(request.url)),
    });
    known.set(request, correlation);
  }
  return correlation;
}

/** Runs `work` so that each line it logs tells which request it belongs to. */
export function inRequestLog<R>(request: IncomingMessage, work: () => R): R {
  const { uuid: correlationId, original } = correlationOf(request);
  const isForeign = original !== correlationId;
  const fields: LogFields = { correlationId, ...(isForeign ? { requestCorrelationId: original } : {}) };
  return withLogContext(fields, work);
}

function usable(text: string | readonly string[] | null | undefined): string | undefined {
  return typeof text === 'string' && harmless.test(text) ? text : undefined;
}

function queryOf(url = ''): string | null {
  const start = url.indexOf('?');
  return start === -1 ? null : new URLSearchParams(url.slice(start)).get('correlation_id');
}
