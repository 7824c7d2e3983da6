import type { EventEnvelope } from '../envelope.js';
import { pythonJson } from '../json/python-json.js';
import { cloudEventError, isAttributeText, isExtensionName, structuredType } from './attributes.js';

export interface CloudEventOptions {
  /**
   * `binary`: the attributes in headers, the data alone as the value. `structured`: all of it in one JSON value.
   * Default `binary`.
   */
  readonly mode?: 'binary' | 'structured';
  /** The `source` attribute, a URI reference. Default: the source service. */
  readonly source?: string;
  /** The Kafka key. Default: none. */
  readonly key?: string;
  /** Is the key also said by the `partitionkey` attribute? Default false. */
  readonly partitionKey?: boolean;
}

/** A Kafka message that holds a CloudEvent. */
export interface CloudEventMessage {
  readonly key?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `null` is Kafka's tombstone: a CloudEvent without data in binary mode. */
  readonly value: Uint8Array | null;
}

type Attributes = Readonly<Record<string, string | number>>;

const uriReference = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const int32 = 2 ** 31;

/**
 * An envelope as a CloudEvent 1.0 in a Kafka message. Besides the attributes of the standard it has `correlationid`,
 * `schemaversion`, and each text of the metadata whose name an attribute may have (`traceparent`, `tracestate`); what
 * else the metadata holds stands as JSON in `metadata`. {@link fromCloudEvent} gives the same envelope back.
 *
 * Data of `null` is no data: in binary mode a tombstone, which a compacted topic takes for the deletion of its key.
 * @throws SlipwayError SLIPWAY_EVENT_CLOUDEVENT naming everything that an attribute cannot hold, SLIPWAY_EVENT_INVALID
 * if the data is no JSON.
 */
export function toCloudEvent(envelope: EventEnvelope, options: CloudEventOptions = {}): CloudEventMessage {
  const attributes = attributesOf(envelope, options);
  const key = options.key === undefined ? {} : { key: options.key };
  if (options.mode === 'structured') {
    const event = { ...attributes, datacontenttype: 'application/json', data: envelope.data };
    return { ...key, headers: { 'content-type': structuredType }, value: Buffer.from(pythonJson(event)) };
  }
  const headers = Object.entries(attributes).map(([name, value]): [string, string] => [
    `ce_${name}`,
    String(value),
  ]);
  return {
    ...key,
    headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) },
    value: envelope.data === null ? null : Buffer.from(pythonJson(envelope.data)),
  };
}

function attributesOf(envelope: EventEnvelope, options: CloudEventOptions): Attributes {
  const source = options.source ?? sourceOf(envelope.sourceService);
  const attributes = {
    specversion: '1.0',
    id: envelope.eventId,
    type: envelope.eventType,
    source,
    time: timeOf(envelope.eventTimestamp),
    ...(envelope.dataSchemaUri === null ? {} : { dataschema: envelope.dataSchemaUri }),
    correlationid: envelope.correlationId,
    schemaversion: envelope.schemaVersion,
    ...(source === envelope.sourceService ? {} : { sourceservice: envelope.sourceService }),
    ...(options.partitionKey === true && options.key !== undefined ? { partitionkey: options.key } : {}),
    ...metadataAttributes(envelope.metadata),
  };
  const problems = problemsOf(attributes);
  if (problems.length > 0) {
    throw cloudEventError(
      `Event ${envelope.eventId} of type ${envelope.eventType} is no CloudEvent`,
      problems,
    );
  }
  return attributes;
}

function problemsOf(attributes: Attributes & { readonly source: string }): readonly string[] {
  const { source, dataschema, schemaversion = 0 } = attributes;
  const texts = Object.entries(attributes).filter(([, value]) => typeof value === 'string');
  return [
    ...texts
      .filter(([, value]) => !isAttributeText(value))
      .map(([name]) => `${name} is empty or has characters that no attribute may have`),
    ...(uriReference.test(source) ? [] : ['source is no URI reference']),
    ...(dataschema === undefined || isUri(String(dataschema)) ? [] : ['dataschema is no absolute URI']),
    ...(Number(schemaversion) >= -int32 && Number(schemaversion) < int32
      ? []
      : ['schemaversion is no 32-bit number']),
  ];
}

/** The name itself, if a URI reference may be written so, else percent-encoded. */
function sourceOf(service: string): string {
  const isPlain = /^[A-Za-z0-9\-._~]+$/.test(service) || isUri(service);
  return isPlain || !isAttributeText(service) ? service : encodeURIComponent(service);
}

function isUri(text: string): boolean {
  return /^[A-Za-z]/.test(text) && uriReference.test(text) && URL.canParse(text);
}

/** Empty, and so refused, for a date that RFC 3339 cannot say. */
function timeOf(date: Date): string {
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? date.toISOString() : '';
}

function metadataAttributes(metadata: EventEnvelope['metadata']): Readonly<Record<string, string>> {
  if (metadata === null) return {};
  const entries = Object.entries(metadata);
  const own = entries.filter(isAttribute);
  const rest = entries.filter((entry) => !isAttribute(entry));
  const isAllSaid = rest.length === 0 && own.length > 0;
  return {
    ...Object.fromEntries(own),
    ...(isAllSaid ? {} : { metadata: pythonJson(Object.fromEntries(rest)) }),
  };
}

function isAttribute(entry: [string, unknown]): entry is [string, string] {
  return isExtensionName(entry[0]) && isAttributeText(entry[1]);
}
