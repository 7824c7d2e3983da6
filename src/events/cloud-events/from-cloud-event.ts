import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { EventEnvelope } from '../envelope.js';
import { correlationUuid } from '../ids/correlation.js';
import { cloudEventError, isExtensionName } from './attributes.js';
import { type KafkaHeaders, readMessage } from './read-message.js';

const text = z.string({ error: 'is missing or no text' }).min(1, { error: 'is empty' });
const dateTime = z.iso.datetime({ offset: true });

const attributesSchema = z.object({
  specversion: z.literal('1.0', { error: 'is not 1.0' }),
  id: text,
  type: text,
  source: text,
  time: z
    .string({ error: 'is no text' })
    .refine((time) => dateTime.safeParse(time.toUpperCase()).success, { error: 'is no RFC 3339 time' })
    .optional(),
  dataschema: text.optional(),
  correlationid: text.optional(),
  sourceservice: text.optional(),
  schemaversion: z
    .union([z.number(), z.string()], { error: 'is no whole number' })
    .refine((version) => /^-?\d{1,10}$/.test(String(version)), { error: 'is no whole number' })
    .optional(),
  metadata: z
    .string({ error: 'is no text' })
    .refine((json) => readObject(json) !== undefined, { error: 'is no JSON object' })
    .optional(),
});

/**
 * The envelope in a Kafka message that holds a CloudEvent 1.0, in binary or structured mode. What the event does not
 * say is filled in: a correlation id of its own, now as its time, version 1.
 *
 * An id that is no UUID becomes one, always the same for the same source and id; a correlation id likewise. The true ones
 * are kept in the metadata, as `originalid` and `originalcorrelation`, beside all attributes without a meaning of their
 * own. A tombstone has the data `null`.
 * @throws SlipwayError SLIPWAY_EVENT_CLOUDEVENT naming everything that is wrong with the message.
 */
export function fromCloudEvent(message: {
  readonly headers: KafkaHeaders;
  readonly value: Uint8Array | null;
}): EventEnvelope {
  const { attributes, data } = readMessage(message.headers, message.value);
  const checked = attributesSchema.safeParse(Object.fromEntries(attributes));
  if (!checked.success) {
    const problems = checked.error.issues.map(({ path, message: issue }) => `${path.join('.')} ${issue}`);
    throw cloudEventError('The message is no valid CloudEvent', problems, checked.error);
  }
  const { id, source, time, correlationid, schemaversion = 1, metadata, ...event } = checked.data;
  const eventId = isUuid(id) ? id.toLowerCase() : correlationUuid(JSON.stringify([source, id]));
  const correlationId = correlationid === undefined ? randomUUID() : correlationUuid(correlationid);
  const kept = {
    ...Object.fromEntries([...attributes].filter(([name]) => isExtensionName(name))),
    ...(isUuid(id) ? {} : { originalid: id }),
    ...(correlationid === undefined || isUuid(correlationid) ? {} : { originalcorrelation: correlationid }),
    ...(metadata === undefined ? {} : readObject(metadata)),
  };
  return {
    eventId,
    eventType: event.type,
    eventTimestamp: time === undefined ? new Date() : new Date(time.toUpperCase()),
    sourceService: event.sourceservice ?? source,
    schemaVersion: Number(schemaversion),
    correlationId,
    dataSchemaUri: event.dataschema ?? null,
    data,
    metadata: metadata === undefined && Object.keys(kept).length === 0 ? null : kept,
  };
}

function isUuid(id: string): boolean {
  return z.guid().safeParse(id).success;
}

function readObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
