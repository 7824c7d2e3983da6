import { createHash, randomUUID } from 'node:crypto';
import { decodeJson } from '../json/decode-json.js';
import { JsonFault } from '../json/json-fault.js';
import { JsonReader } from '../json/json-reader.js';
import { plainValue } from '../json/json-value.js';
import { hyphenate } from '../read-fields.js';
import { loadsRules } from './deterministic-event-id.js';
import { pythonUuid } from './python-uuid.js';

/** NAMESPACE_OID of RFC 9562. */
const oidNamespace = Buffer.from('6ba7b8129dad11d180b400c04fd430c8', 'hex');

/** The correlation id of a request: what the client gave, and the UUID that stands for it in events. */
export interface CorrelationContext {
  /** A UUID: the original itself if it is one, else one that is always the same for it. For events. */
  readonly uuid: string;
  /** As the client gave it. For replies. */
  readonly original: string;
  readonly source: 'header' | 'query' | 'generated';
}

/** What a request may bring. Empty text counts as none. */
export interface CorrelationSources {
  /** The header `X-Correlation-ID`. */
  readonly header?: string | undefined;
  /** The query parameter `correlation_id`. */
  readonly query?: string | undefined;
}

/** The correlation id of a request: of its header, else of its query, else a new one. */
export function correlationContext({ header, query }: CorrelationSources = {}): CorrelationContext {
  if (header !== undefined && header !== '')
    return { uuid: correlationUuid(header), original: header, source: 'header' };
  if (query !== undefined && query !== '')
    return { uuid: correlationUuid(query), original: query, source: 'query' };
  const uuid = randomUUID();
  return { uuid, original: uuid, source: 'generated' };
}

/** `original` as a UUID: itself if Python's `UUID()` reads it, else version 5 of it in NAMESPACE_OID. */
export function correlationUuid(original: string): string {
  return pythonUuid(original) ?? uuid5(original);
}

function uuid5(name: string): string {
  const bytes = createHash('sha1').update(oidNamespace).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return hyphenate(bytes.toString('hex'));
}

/** The correlation id in a Kafka value, for logs: undefined if it has none, is no text, or the value is no envelope. */
export function extractCorrelationId(value: Uint8Array): string | undefined {
  try {
    const members = JsonReader.readMembers(decodeJson(value), plainValue, loadsRules);
    const id = members?.get('correlation_id');
    return typeof id === 'string' ? id : undefined;
  } catch (error) {
    if (error instanceof JsonFault) return undefined;
    throw error;
  }
}

/** A correlation id as text, for logs and replies; undefined if there is none. */
export function correlationIdAsString(value: { toString(): string } | null | undefined): string | undefined {
  return value?.toString();
}
