import { hash } from 'node:crypto';
import { pythonString } from '../json/python-string.js';

/**
 * The id under which the original's consumers remember that they handled an event, from its Kafka headers: SHA-256, in
 * hex, of `{"event_id":"..."}`. It is not {@link deterministicEventId} of the same event; the original uses this one
 * whenever a message has both headers, and then does not read the body.
 * @returns undefined if the headers have no event id or no event type: take the id from the body.
 */
export function headerEventId(headers: {
  readonly event_id?: string | undefined;
  readonly event_type?: string | undefined;
}): string | undefined {
  const { event_id: eventId, event_type: eventType } = headers;
  if (isAbsent(eventId) || isAbsent(eventType)) return undefined;
  return hash('sha256', `{"event_id":${pythonString(eventId)}}`, 'hex');
}

function isAbsent(header: string | undefined): header is undefined {
  return header === undefined || header === '';
}
