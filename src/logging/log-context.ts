import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line of one asynchronous flow carries. Other fields stand in the lines' `context`. */
export interface LogFields {
  readonly correlationId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly [field: string]: unknown;
}

/** The fields of a flow, taken apart once and not for each of its lines. */
export interface LogFlow {
  readonly all: LogFields;
  readonly correlationId: unknown;
  readonly traceId: unknown;
  readonly spanId: unknown;
  /** Those for the lines' `context`; `undefined` where there are none. */
  readonly others: Readonly<Record<string, unknown>> | undefined;
}

const storage = new AsyncLocalStorage<LogFlow>();
const none = flowOf(Object.freeze({}));

function flowOf(all: LogFields): LogFlow {
  const { correlationId, traceId, spanId, ...others } = all;
  const hasOthers = Object.keys(others).length > 0;
  return { all, correlationId, traceId, spanId, others: hasOthers ? others : undefined };
}

/**
 * Runs `fn` so that each line logged in it, and in all it starts, carries `fields`: `correlationId`, `traceId` and `spanId`
 * as `correlation_id`, `trace_id` and `span_id`, others in `context`, where the line's own win. Contexts nest: the
 * inner one's fields win, those it does not name stay.
 */
export function withLogContext<R>(fields: LogFields, fn: () => R): R {
  return storage.run(flowOf({ ...storage.getStore()?.all, ...fields }), fn);
}

/** The fields of the flow that calls. */
export function currentLogContext(): LogFields {
  return currentFlow().all;
}

export function currentFlow(): LogFlow {
  return storage.getStore() ?? none;
}
