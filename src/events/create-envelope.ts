import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { checkData, dataProblems, invalidEvent } from './check-data.js';
import type { EventEnvelope } from './envelope.js';
import type { EventDefinition } from './event-definition.js';

/** What an envelope says beside its event and its data. */
export interface EventContext {
  /** The service that the event comes from. */
  readonly sourceService: string;
  /** A UUID that ties together all that one request set off. Default: a new one. */
  readonly correlationId?: string;
  /** A UUID. Default: a new one. Publish an event again under the id it had. */
  readonly eventId?: string;
  /** Default: now. */
  readonly eventTimestamp?: Date;
  /** Where the shape of `data` is written down. Default: none. */
  readonly dataSchemaUri?: string | null;
  /** Data about the event, such as a trace context. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** The context of an event that has no definition. */
export interface EnvelopeOptions extends EventContext {
  /** Version of the shape of `data`. Default 1. */
  readonly schemaVersion?: number;
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
 * An envelope around `data`, with an id and a time of its own unless they are given. Nothing is known of the data of a
 * plain type: it is taken as it is.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID naming every field that is wrong, such as a correlation id that is no UUID.
 */
export function createEnvelope<T>(eventType: string, data: T, options: EnvelopeOptions): EventEnvelope<T>;
/**
 * An envelope of a defined event, with its type and version. `data` is given as it stands on the wire, and is checked:
 * unknown properties are dropped, defaults filled in, codecs read.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID naming every field of envelope and data that is wrong.
 */
// The last of the two, so that it is the one the compiler explains wrong data by.
export function createEnvelope<Type extends string, Data, Input>(
  event: EventDefinition<Type, Data, Input>,
  data: NoInfer<Input>,
  context: EventContext,
): EventEnvelope<Data, Type>;
export function createEnvelope(
  event: EventDefinition | string,
  data: unknown,
  options: EnvelopeOptions,
): EventEnvelope {
  const isDefined = typeof event !== 'string';
  const eventType = isDefined ? event.type : event;
  const head = envelopeSchema.safeParse({
    eventType,
    eventId: options.eventId ?? randomUUID(),
    eventTimestamp: options.eventTimestamp ?? new Date(),
    sourceService: options.sourceService,
    schemaVersion: isDefined ? event.version : (options.schemaVersion ?? 1),
    correlationId: options.correlationId ?? randomUUID(),
    dataSchemaUri: options.dataSchemaUri ?? null,
    metadata: options.metadata ?? null,
  });
  const body = isDefined ? checkData(event.type, event.schema, data) : { success: true as const, data };
  if (head.success && body.success) return { ...head.data, data: body.data };
  throw invalidEvent(
    `The envelope of ${eventType}`,
    [...headProblems(head.error), ...dataProblems(body.error)],
    head.error ?? body.error,
  );
}

function headProblems(error: z.ZodError | undefined): readonly string[] {
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.') || 'it'} ${message}`);
}
