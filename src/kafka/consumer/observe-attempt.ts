import { withLogContext } from '../../logging/log-context.js';
import { attributes } from '../../observability/names.js';
import { telemetry, type TraceCarrier } from '../../observability/telemetry.js';
import { parseTraceparent } from '../../observability/trace-parent.js';
import { traceHeaders } from '../trace-context.js';
import type { Message } from './attempt.js';

export interface Observed {
  /** What the consumer's operations name as their source. */
  readonly source: object;
  readonly groupId: string;
  readonly isRetry: boolean;
}

/** Makes an attempt under the eyes of metrics and traces; what it logs and publishes belongs to its span. */
export function observeAttempt(
  message: Message,
  { source, groupId, isRetry }: Observed,
  attempt: () => Promise<void>,
): Promise<void> {
  if (!telemetry.isObserved) return attempt();
  const { topic, partition } = message.source;
  const { correlationId, eventId } = message.envelope;
  const operation = {
    kind: 'handle',
    source,
    name: 'process',
    client: groupId,
    destination: topic,
    isRetry,
    trace: traceOf(message),
    attributes: () => ({
      [attributes.messagingSystem]: 'kafka',
      [attributes.messagingOperationName]: 'process',
      [attributes.messagingOperationType]: 'process',
      [attributes.messagingDestination]: topic,
      [attributes.messagingPartition]: String(partition),
      [attributes.messagingOffset]: String(message.record.offset),
      [attributes.messagingGroup]: groupId,
      [attributes.messagingMessage]: eventId,
      [attributes.messagingConversation]: correlationId,
    }),
  } as const;
  return telemetry.observe(operation, (trace) => {
    const own = parseTraceparent(trace?.traceparent);
    if (own === undefined) return attempt();
    const { traceId, spanId } = own;
    return withLogContext({ traceId, spanId }, attempt);
  });
}

/** The headers' trace, else that of the metadata. */
function traceOf({ record: { headers }, envelope }: Message): TraceCarrier | undefined {
  const text = (name: string): string | undefined => headers[name]?.toString();
  const ofHeaders = { traceparent: text('traceparent'), tracestate: text('tracestate') };
  const { traceparent, tracestate } =
    ofHeaders.traceparent === undefined ? traceHeaders(envelope) : traceHeaders({ metadata: ofHeaders });
  if (traceparent === undefined) return undefined;
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}
