import type { EventEnvelope } from '../events/envelope.js';
import { attributes } from '../observability/names.js';
import { telemetry } from '../observability/telemetry.js';
import type { PublishOptions, PublishResult } from '../protocols/kafka.js';
import { ownTrace, traceOfFlow } from './trace-context.js';

/** One call of publish, as it is made. */
interface Publish {
  readonly source: object;
  readonly clientId: string;
  readonly topic: string;
  readonly envelope: EventEnvelope;
  readonly options: PublishOptions;
}

/** Publishes under the eyes of metrics and traces; the message gets the trace of its span. */
export function observePublish(
  { source, clientId, topic, envelope, options }: Publish,
  publish: (options: PublishOptions) => Promise<PublishResult>,
): Promise<PublishResult> {
  const operation = {
    kind: 'publish',
    source,
    name: 'send',
    client: clientId,
    destination: topic,
    trace: ownTrace(envelope, options.headers),
    flow: traceOfFlow,
    attributes: () => ({
      [attributes.messagingSystem]: 'kafka',
      [attributes.messagingOperationName]: 'send',
      [attributes.messagingOperationType]: 'send',
      [attributes.messagingDestination]: topic,
      [attributes.messagingClient]: clientId,
      [attributes.messagingMessage]: envelope.eventId,
      [attributes.messagingConversation]: envelope.correlationId,
    }),
  } as const;
  return telemetry.observe(
    operation,
    (trace) => {
      if (trace === undefined) return publish(options);
      const { tracestate: _ofItsParent, ...headers } = options.headers ?? {};
      return publish({ ...options, headers: { ...headers, ...trace } });
    },
    ({ partition, offset }) => ({
      [attributes.messagingPartition]: String(partition),
      [attributes.messagingOffset]: offset,
    }),
  );
}
