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

/** Taken apart when the first line asks: many flows log none. */
class LazyFlow implements LogFlow {
  readonly #outer: LogFlow | undefined;
  #own: LogFields | (() => LogFields);
  #parts: LogFlow | undefined;

  constructor(outer: LogFlow | undefined, own: LogFields | (() => LogFields)) {
    this.#outer = outer;
    this.#own = own;
  }

  get all(): LogFields {
    return this.#taken.all;
  }

  get correlationId(): unknown {
    return this.#taken.correlationId;
  }

  get traceId(): unknown {
    return this.#taken.traceId;
  }

  get spanId(): unknown {
    return this.#taken.spanId;
  }

  get others(): Readonly<Record<string, unknown>> | undefined {
    return this.#taken.others;
  }

  get #taken(): LogFlow {
    if (this.#parts) return this.#parts;
    const own = typeof this.#own === 'function' ? this.#own() : this.#own;
    this.#own = own;
    const all = { ...this.#outer?.all, ...own };
    const { correlationId, traceId, spanId, ...others } = all;
    const hasOthers = Object.keys(others).length > 0;
    this.#parts = { all, correlationId, traceId, spanId, others: hasOthers ? others : undefined };
    return this.#parts;
  }
}

const storage = new AsyncLocalStorage<LogFlow>();
const none = new LazyFlow(undefined, Object.freeze({}));

/**
 * Runs `fn` so that each line logged in it, and in all it starts, carries `fields`: `correlationId`, `traceId` and `spanId`
 * as `correlation_id`, `trace_id` and `span_id`, others in `context`, where the line's own win. Contexts nest: the
 * inner one's fields win, those it does not name stay.
 */
export function withLogContext<R>(fields: LogFields, fn: () => R): R {
  // As they are now: the caller may change its object.
  return storage.run(new LazyFlow(storage.getStore(), { ...fields }), fn);
}

/** As {@link withLogContext}, with fields that are only made if something is logged. They must not change meanwhile. */
export function withLazyLogContext<R>(fields: () => LogFields, fn: () => R): R {
  return storage.run(new LazyFlow(storage.getStore(), fields), fn);
}

/** The fields of the flow that calls. */
export function currentLogContext(): LogFields {
  return currentFlow().all;
}

export function currentFlow(): LogFlow {
  return storage.getStore() ?? none;
}
