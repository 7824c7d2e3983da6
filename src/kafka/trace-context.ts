import type { EventEnvelope } from '../events/envelope.js';
import { currentLogContext } from '../logging/log-context.js';

/** version, trace id, parent id, flags; neither id is all zeros (W3C Trace Context, 3.2). */
const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
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
export function traceHeaders({ metadata }: EventEnvelope): Record<string, string> {
  const traceparent = metadata?.['traceparent'];
  if (!isTraceparent(traceparent)) return {};
  const tracestate = metadata?.['tracestate'];
  return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent };
}

function traceOfContext(): string | undefined {
  const { traceparent, traceId, spanId } = currentLogContext();
  if (isTraceparent(traceparent)) return traceparent;
  // The context does not say whether the trace is recorded; that it has ids suggests it.
  const built = `00-${String(traceId)}-${String(spanId)}-01`;
  return isTraceparent(built) ? built : undefined;
}
