import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { SlipwayError } from '../errors/slipway-error.js';
import type { EventEnvelope } from './envelope.js';

export interface EnvelopeOptions {
  /** The service that the event comes from. */
  readonly sourceService: string;
  /** A UUID that ties together all that one request set off. Default: a new one. */
  readonly correlationId?: string;
  /** A UUID. Default: a new one. Publish an event again under the id it had. */
  readonly eventId?: string;
  /** Version of the shape of `data`. Default 1. */
  readonly schemaVersion?: number;
  /** Default: now. */
  readonly eventTimestamp?: Date;
  /** Where the shape of `data` is written down. Default: none. */
  readonly dataSchemaUri?: string | null;
  /** Data about the event, such as a trace context. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

const uuid = z.guid({ error: 'must be a UUID' }).transform((text) => text.toLowerCase());
const name = z.string({ error: 'must be a string' }).min(1, { error: 'must not be empty' });

const envelopeSchema = z.object({
  eventId: uuid,
  eventType: name,
  eventTimestamp: z.date({ error: 'must be a valid Date' }),
  sourceService: name,
  schemaVersion: z.int({ error: 'must be a whole number' }),
  correlationId: uuid,
  dataSchemaUri: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
});

/**
 * An envelope around `data`, with an id and a time of its own unless they are given.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID naming every field that is wrong, such as a correlation id that is no UUID.
 */
export function createEnvelope<T>(eventType: string, data: T, options: EnvelopeOptions): EventEnvelope<T> {
  const checked = envelopeSchema.safeParse({
    eventType,
    eventId: options.eventId ?? randomUUID(),
    eventTimestamp: options.eventTimestamp ?? new Date(),
    sourceService: options.sourceService,
    schemaVersion: options.schemaVersion ?? 1,
    correlationId: options.correlationId ?? randomUUID(),
    dataSchemaUri: options.dataSchemaUri ?? null,
    metadata: options.metadata ?? null,
  });
  if (!checked.success) throw envelopeError(`The envelope of ${eventType}`, checked.error);
  return { ...checked.data, data };
}

/** One error that lists the fields `error` complains of. */
function envelopeError(what: string, error: z.ZodError): SlipwayError {
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`);
  return new SlipwayError('SLIPWAY_EVENT_INVALID', {
    message: `${what} is not valid: ${problems.join('; ')}.`,
    context: { problems },
    cause: error,
  });
}
