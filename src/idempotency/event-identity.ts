import { SlipwayError } from '../errors/slipway-error.js';
import { deterministicEventId, loadsRules } from '../events/ids/deterministic-event-id.js';
import { headerEventId } from '../events/ids/header-event-id.js';
import { idempotencyKey } from '../events/ids/idempotency-key.js';
import { decodeJson, strictUtf8 } from '../events/json/decode-json.js';
import { JsonFault } from '../events/json/json-fault.js';
import { JsonReader } from '../events/json/json-reader.js';
import { losslessValue } from '../events/json/json-value.js';
import { unidentified } from './errors.js';
import type { HeaderContent, ReceivedMessage } from './received-message.js';

/** What an event is remembered by. Of the body it may be any JSON value, as in the original. */
export interface EventIdentity {
  readonly key: string;
  readonly eventType: string;
  readonly eventId: unknown;
  readonly correlationId: unknown;
  readonly sourceService: unknown;
}

/** An event without an id has no key, and nobody else can have it. */
export const nameless: EventIdentity = {
  key: '',
  eventType: '',
  eventId: null,
  correlationId: null,
  sourceService: null,
};

interface KeyOptions {
  readonly serviceName: string;
  readonly keyPrefix: string;
}

/**
 * The key and the fields of a message, from its headers where they have both event id and event type, and from the body
 * otherwise. The two ways give different keys for the same event: the original's do so too.
 * @throws SlipwayError SLIPWAY_IDEMPOTENCY_NO_ID
 */
export function identify(message: ReceivedMessage, { serviceName, keyPrefix }: KeyOptions): EventIdentity {
  const eventId = header(message, 'event_id');
  const eventType = header(message, 'event_type');
  const correlationId = header(message, 'trace_id');
  const sourceService = header(message, 'source_service');
  const keyOf = (id: string, type: string): string =>
    idempotencyKey({ serviceName, eventType: type, id, prefix: keyPrefix });
  const fromHeaders = headerEventId({ event_id: eventId ?? '', event_type: eventType ?? '' });
  if (fromHeaders !== undefined && eventType !== null) {
    return { key: keyOf(fromHeaders, eventType), eventType, eventId, correlationId, sourceService };
  }
  const body = readBody(message.value);
  const type = body.get('event_type', 'unknown');
  if (typeof type !== 'string') throw unidentified('its event_type is no text');
  const key = keyOf(body.id, type);
  const bodySource = body.get('source_service', 'unknown');
  if (eventId === null) {
    return {
      key,
      eventType: type,
      eventId: body.get('event_id', null),
      correlationId: body.get('correlation_id', null),
      sourceService: bodySource,
    };
  }
  return {
    key,
    eventType: type,
    eventId,
    correlationId: correlationId ?? body.get('correlation_id', null),
    sourceService: sourceService ?? bodySource,
  };
}

function header({ headers }: ReceivedMessage, name: string): string | null {
  const content: HeaderContent = headers?.[name];
  const last = isList(content) ? content.at(-1) : content;
  if (last === null || last === undefined || last.length === 0) return null;
  if (typeof last === 'string') return last;
  const text = strictUtf8(last);
  if (text === undefined) throw unidentified(`its header ${name} is no UTF-8`);
  return text;
}

function isList(content: HeaderContent): content is readonly (string | Uint8Array)[] {
  return Array.isArray(content);
}

interface Body {
  readonly id: string;
  get(name: string, absent: unknown): unknown;
}

function readBody(value: Uint8Array): Body {
  try {
    const id = deterministicEventId(value);
    const members = JsonReader.readMembers(decodeJson(value), losslessValue, loadsRules);
    return { id, get: (name, absent) => (members?.has(name) ? members.get(name) : absent) };
  } catch (error) {
    if (error instanceof JsonFault) throw unidentified('its value is no JSON', error);
    if (SlipwayError.is(error)) throw unidentified('no id can be made of its value', error);
    throw error;
  }
}
