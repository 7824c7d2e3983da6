import { SlipwayError } from '../../errors/slipway-error.js';

export const cloudEventType = 'application/cloudevents';
export const structuredType = 'application/cloudevents+json; charset=UTF-8';

/** Attributes that have a meaning of their own: metadata under such a name does not become an attribute. */
const reserved = new Set([
  'specversion',
  'id',
  'type',
  'source',
  'time',
  'data',
  'datacontenttype',
  'dataschema',
  'correlationid',
  'schemaversion',
  'sourceservice',
  'partitionkey',
  'metadata',
  // Attributes of CloudEvents 0.3, which the official SDKs refuse or misread in 1.0.
  'datacontentencoding',
  'schemaurl',
]);

const attributeName = /^[a-z0-9]{1,20}$/;
const forbidden = /[\p{Surrogate}\p{Cc}\p{Noncharacter_Code_Point}]/u;

/** Is this a name that an extension attribute may have, and no attribute with a meaning of its own has? */
export function isExtensionName(name: string): boolean {
  return attributeName.test(name) && !reserved.has(name);
}

/** May an attribute hold this text? Not if it is empty, or has control characters or halves of characters. */
export function isAttributeText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !forbidden.test(value);
}

export function cloudEventError(what: string, problems: readonly string[], cause?: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_CLOUDEVENT', {
    message: `${what}: ${problems.join('; ')}.`,
    context: { problems },
    ...(cause === undefined ? {} : { cause }),
  });
}
