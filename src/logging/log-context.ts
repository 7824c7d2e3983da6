import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line of one asynchronous flow carries. Other fields stand in the lines' `context`. */
export interface LogFields {
  readonly correlationId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly [field: string]: unknown;
}

const storage = new AsyncLocalStorage<LogFields>();
const none: LogFields = Object.freeze({});

/**
 * Runs `fn` so that each line logged in it, and in all it starts, carries `fields`: `correlationId`, `traceId` and `spanId`
 * as `correlation_id`, `trace_id` and `span_id`, others in `context`, where the line's own win. Contexts nest.
 */
export function withLogContext<R>(fields: LogFields, fn: () => R): R {
  return storage.run({ ...storage.getStore(), ...fields }, fn);
}

/** The fields of the flow that calls. */
export function currentLogContext(): LogFields {
  return storage.getStore() ?? none;
}
