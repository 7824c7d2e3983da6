import { SlipwayError } from '../../errors/slipway-error.js';
import { cloudEventError, cloudEventType } from './attributes.js';

/** The value of a Kafka header; of several under one name the last counts. */
type HeaderValue = string | Uint8Array | readonly (string | Uint8Array)[] | undefined;

/** Headers of a Kafka message as clients give them. */
export type KafkaHeaders = Readonly<Record<string, HeaderValue>>;

/** What a CloudEvent says, before any of it is checked. */
export interface RawCloudEvent {
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly data: unknown;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const what = 'The message is no CloudEvent';

/** Does a Kafka message with these headers hold a CloudEvent, in binary or structured mode? */
export function isCloudEvent(headers: KafkaHeaders): boolean {
  return hasStructuredType(headers) || names(headers).has('ce_specversion');
}

/**
 * The attributes and the data of the CloudEvent in a Kafka message.
 * @throws SlipwayError SLIPWAY_EVENT_CLOUDEVENT
 */
export function readMessage(headers: KafkaHeaders, value: Uint8Array | null): RawCloudEvent {
  if (hasStructuredType(headers)) return readStructured(contentTypeOf(headers), value);
  if (!names(headers).has('ce_specversion')) {
    throw cloudEventError(what, [
      `it has neither a header ce_specversion nor a content-type ${cloudEventType}`,
    ]);
  }
  const attributes = new Map<string, unknown>();
  for (const [name, header] of Object.entries(headers)) {
    const text = /^ce_/i.test(name) ? headerText(name, header) : undefined;
    if (text !== undefined) attributes.set(name.slice(3).toLowerCase(), text);
  }
  // The content-type alone tells it in this mode; some senders say it twice.
  attributes.delete('datacontenttype');
  return { attributes, data: value === null ? null : readData(value, contentTypeOf(headers)) };
}

function readStructured(contentType: string, value: Uint8Array | null): RawCloudEvent {
  if (!/^application\/cloudevents\+json(?:$|[\s;])/i.test(contentType)) {
    throw cloudEventError(what, [`its format is '${contentType}', and only ${cloudEventType}+json is read`]);
  }
  if (value === null) throw cloudEventError(what, ['it has no value']);
  const event = readJson(value);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw cloudEventError(what, ['its value is no JSON object']);
  }
  // Attributes of null are as good as absent.
  const given = Object.entries(event).filter(([, each]: [string, unknown]) => each !== null);
  const attributes = new Map<string, unknown>(given);
  const data = attributes.get('data') ?? null;
  const base64 = attributes.get('data_base64');
  const contentTypeOfData = attributes.get('datacontenttype') ?? 'application/json';
  for (const name of ['data', 'data_base64', 'datacontenttype']) attributes.delete(name);
  if (base64 === undefined) return { attributes, data };
  if (data !== null || typeof base64 !== 'string' || typeof contentTypeOfData !== 'string') {
    throw cloudEventError(what, ['data_base64 stands beside data, or it or datacontenttype is no text']);
  }
  return { attributes, data: readData(Buffer.from(base64, 'base64'), contentTypeOfData) };
}

function readData(bytes: Uint8Array, contentType: string): unknown {
  const mediaType = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (mediaType === '' || mediaType === 'application/json' || mediaType.endsWith('+json')) {
    return readJson(bytes);
  }
  if (mediaType.startsWith('text/')) return readText(bytes, 'data');
  throw cloudEventError(what, [`its data is '${mediaType}', and only JSON and text are read`]);
}

function readJson(bytes: Uint8Array): unknown {
  const text = readText(bytes, 'value');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw cloudEventError(what, ['its value is no JSON'], cause);
  }
}

function readText(bytes: Uint8Array, where: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw cloudEventError(what, [`${where} is no UTF-8`], cause);
  }
}

function names(headers: KafkaHeaders): ReadonlySet<string> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return new Set(given.map(([name]) => name.toLowerCase()));
}

function hasStructuredType(headers: KafkaHeaders): boolean {
  return contentTypeOf(headers).toLowerCase().startsWith(cloudEventType);
}

function contentTypeOf(headers: KafkaHeaders): string {
  const [name, value] = Object.entries(headers).findLast(([each]) => /^content-type$/i.test(each)) ?? [];
  try {
    return name === undefined ? '' : (headerText(name, value) ?? '').trim();
  } catch (error) {
    // Bytes that are no text name no type.
    if (SlipwayError.is(error)) return '';
    throw error;
  }
}

function headerText(name: string, value: HeaderValue): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return value instanceof Uint8Array ? readText(value, `header ${name}`) : headerText(name, value.at(-1));
}
