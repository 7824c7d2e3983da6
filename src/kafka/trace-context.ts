import type { EventEnvelope } from '../events/envelope.js';
import { currentLogContext } from '../logging/log-context.js';
import type { TraceCarrier } from '../observability/telemetry.js';
import { isTraceparent } from '../observability/trace-parent.js';

/** The trace that a message brings: the caller's header wins, then what its metadata say. */
export function ownTrace(
  { metadata }: EventEnvelope,
  headers: Readonly<Record<string, string>> | undefined,
): TraceCarrier | undefined {
  const given = carrier(headers?.['traceparent'], headers?.['tracestate']);
  return given ?? carrier(metadata?.['traceparent'], metadata?.['tracestate']);
}

/** The trace of the log context. */
export function traceOfFlow(): TraceCarrier | undefined {
  return carrier(traceOfContext());
}

/**
 * The envelope with the trace that it belongs to in its metadata, where the original's services read it: the caller's
 * header wins, then what the metadata say, then the log context's `traceparent`, or its `traceId` and `spanId`.
 */
export function withTrace(
  envelope: EventEnvelope,
  headers: Readonly<Record<string, string>> | undefined,
): EventEnvelope {
  const own = envelope.metadata?.['traceparent'];
  const given = headers?.['traceparent'];
  const traceparent = isTraceparent(given) ? given : own === undefined ? traceOfContext() : undefined;
  if (traceparent === undefined || traceparent === own) return envelope;
  const { tracestate: _ofAnotherTrace, ...metadata } = envelope.metadata ?? {};
  const tracestate = headers?.['tracestate'];
  return {
    ...envelope,
    metadata: { ...metadata, traceparent, ...(tracestate === undefined ? {} : { tracestate }) },
  };
}

/** `traceparent` and `tracestate` as Kafka headers, from the metadata. */
export function traceHeaders({ metadata }: Pick<EventEnvelope, 'metadata'>): Partial<TraceCarrier> {
  return carrier(metadata?.['traceparent'], metadata?.['tracestate']) ?? {};
}

function carrier(traceparent: unknown, tracestate?: unknown): TraceCarrier | undefined {
  if (!isTraceparent(traceparent)) return undefined;
  return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent };
}

function traceOfContext(): string | undefined {
  const { traceparent, traceId, spanId } = currentLogContext();
  if (isTraceparent(traceparent)) return traceparent;
  // The context does not say whether the trace is recorded; that it has ids suggests it.
  const built = `00-${String(traceId)}-${String(spanId)}-01`;
  return isTraceparent(built) ? built : undefined;
}
