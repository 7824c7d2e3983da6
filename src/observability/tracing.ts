import type * as Api from '@opentelemetry/api';
import type { Context, ProxyTracerProvider, Span, Tracer, TracerProvider } from '@opentelemetry/api';
import { describeError } from '../errors/describe.js';
import { errorType } from './error-type.js';
import { attributes } from './names.js';
import { optionalPackage } from '../errors/optional-package.js';
import {
  type Observation,
  type Observer,
  type Operation,
  telemetry,
  type TraceCarrier,
} from './telemetry.js';
import { formatTraceparent, parseTraceparent } from './trace-parent.js';

let enabling: Promise<void> | undefined;

/**
 * From now on, publishes, handlers and Redis commands of this process are spans of the tracer provider that is registered
 * with `@opentelemetry/api`, whenever that is. While none is, an operation costs one look whether there is one.
 * The clients' providers call it where the package is installed; whoever makes clients by hand calls it once.
 * @throws SlipwayError SLIPWAY_OBSERVABILITY_PACKAGE if the package cannot be loaded.
 */
export function enableTracing(): Promise<void> {
  enabling ??= optionalPackage(
    'SLIPWAY_OBSERVABILITY_PACKAGE',
    '@opentelemetry/api',
    'enableTracing',
    () => import('@opentelemetry/api'),
  ).then((api) => void telemetry.add(new SpanObserver(api)));
  return enabling;
}

class SpanObserver implements Observer {
  readonly #api: typeof Api;
  #delegate: TracerProvider | undefined;
  #tracer: Tracer | undefined;

  constructor(api: typeof Api) {
    this.#api = api;
  }

  get isActive(): boolean {
    return this.#currentTracer() !== undefined;
  }

  begin(operation: Operation): Observation | undefined {
    const tracer = this.#currentTracer();
    if (tracer === undefined) return undefined;
    const { context, SpanKind, trace } = this.#api;
    const kinds = { publish: SpanKind.PRODUCER, handle: SpanKind.CONSUMER, command: SpanKind.CLIENT };
    const { kind, name, destination } = operation;
    const parent = this.#parentOf(operation);
    const span = tracer.startSpan(
      destination === undefined ? name : `${name} ${destination}`,
      { kind: kinds[kind], attributes: { ...operation.attributes() } },
      parent,
    );
    const carrier = carrierOf(span);
    return {
      ...(kind !== 'command' && carrier !== undefined && { trace: carrier }),
      // What a handler does is part of it; the others do nothing that has spans.
      ...(kind === 'handle' && {
        run: <T>(work: () => T): T => context.with(trace.setSpan(parent, span), work),
      }),
      end: ({ failure, attributes: known }) => {
        if (failure !== undefined) this.#fail(span, failure.error);
        if (known !== undefined && span.isRecording()) span.setAttributes({ ...known() });
        span.end();
      },
    };
  }

  #fail(span: Span, error: unknown): void {
    span.setAttribute(attributes.errorType, errorType(error));
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: describeError(error) });
  }

  /** Undefined while no provider is registered. */
  #currentTracer(): Tracer | undefined {
    const provider: TracerProvider & Partial<ProxyTracerProvider> = this.#api.trace.getTracerProvider();
    // Not by its class: it may be of another copy of the package.
    const delegate = provider.getDelegate?.() ?? provider;
    if (delegate === this.#delegate) return this.#tracer;
    // The one that stands for none gives no tracer.
    if (provider.getDelegateTracer !== undefined && provider.getDelegateTracer('slipway') === undefined) {
      return undefined;
    }
    return this.#use(delegate);
  }

  #use(provider: TracerProvider): Tracer {
    this.#delegate = provider;
    this.#tracer = provider.getTracer('slipway');
    return this.#tracer;
  }

  /**
   * A message stays in the trace it brings: its span is the child of that, or of the active span of the same trace. One
   * without a trace gets that of its publisher: of the active span, else of the log context.
   */
  #parentOf({ kind, trace: own, flow }: Operation): Context {
    const { context, createTraceState, ROOT_CONTEXT, trace } = this.#api;
    const active = context.active();
    const carrier = own ?? (trace.getSpanContext(active) === undefined ? flow?.() : undefined);
    const parsed = parseTraceparent(carrier?.traceparent);
    // The loop that took the message began in some other context, which has nothing to do with it.
    const base = kind === 'handle' ? ROOT_CONTEXT : active;
    if (parsed === undefined) return base;
    const { traceId, spanId, flags: traceFlags } = parsed;
    if (kind !== 'handle' && trace.getSpanContext(active)?.traceId === traceId) return active;
    const state = carrier?.tracestate;
    const traceState = state === undefined ? {} : { traceState: createTraceState(state) };
    return trace.setSpanContext(base, { traceId, spanId, traceFlags, isRemote: true, ...traceState });
  }
}

function carrierOf(span: Span): TraceCarrier | undefined {
  const { traceId, spanId, traceFlags: flags, traceState } = span.spanContext();
  const traceparent = formatTraceparent({ traceId, spanId, flags });
  if (parseTraceparent(traceparent) === undefined) return undefined;
  const tracestate = traceState?.serialize() ?? '';
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}
