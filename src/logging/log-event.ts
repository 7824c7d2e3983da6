import type { LogContext, Logger } from '../protocols/logger.js';
import type { LogFields } from './log-context.js';

/** What is logged of an event: an `EventEnvelope` has it. */
export interface LoggedEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly sourceService: string;
  readonly correlationId: string;
  readonly data?: unknown;
}

/**
 * Logs at level `info` that an event is processed: `correlation_id`, `event_id`, `event_type`, `source_service` and
 * `event_data_type`, the class of its data, which itself is not logged. Other lines of the same flow carry the ids by
 * `withLogContext(eventLogFields(envelope), ...)`.
 * @param context further fields.
 */
export function logEventProcessing(
  logger: Pick<Logger, 'info'>,
  message: string,
  envelope: LoggedEvent,
  context?: LogContext,
): void {
  const { correlationId, ...fields } = eventLogFields(envelope);
  logger.info(message, {
    correlation_id: correlationId,
    ...fields,
    event_data_type: typeName(envelope.data),
    ...context,
  });
}

/** The ids of an event for {@link withLogContext}: every line of its handling then tells which event it was. */
export function eventLogFields(envelope: LoggedEvent): LogFields {
  return {
    correlationId: envelope.correlationId,
    event_id: envelope.eventId,
    event_type: envelope.eventType,
    source_service: envelope.sourceService,
  };
}

function typeName(data: unknown): string {
  if (typeof data !== 'object' || data === null) return data === null ? 'null' : typeof data;
  const { constructor } = data as { readonly constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'Object';
}
