import type { z } from 'zod';
import { token } from '../tokens/token.js';
import type { EventEnvelope } from './envelope.js';

/** Makes data of one version from data of the version before it. */
export type Upcaster = (data: unknown) => unknown;

/**
 * What is known of one event: made by {@link defineEvent}, used as a value wherever the event is meant.
 * `Data` is what handlers get, `Input` what stands on the wire; they differ where the schema has defaults or codecs.
 */
export interface EventDefinition<Type extends string = string, Data = unknown, Input = unknown> {
  readonly type: Type;
  readonly topic: string;
  readonly schema: z.ZodType<Data, Input>;
  /** Version of the shape of the data. */
  readonly version: number;
  /**
   * What tells the version of an event that arrives: the `.vN` at the end of its type, or the envelope's
   * `schemaVersion`.
   */
  readonly versionedBy: 'type' | 'schemaVersion';
  /** By the version they read; together they lead to {@link version} without a gap. */
  readonly upcasters: ReadonlyMap<number, Upcaster>;
  /** The property that is the partition key, `computed` where a function makes it, undefined where there is none. */
  readonly keyName: string | undefined;
  readonly description: string | undefined;
  /** Data as it may stand on the wire. */
  readonly examples: readonly Input[];
  /** The partition key of an event with this data; undefined for an event without one. */
  keyOf(data: Data): string | undefined;
}
/** Each event of the application: `all(EventDefinition)`. A provider adds its own with `events([...])`. */
export const EventDefinition = token<EventDefinition>()('EventDefinition');

/** The data that handlers of an event get. */
export type DataOf<Event extends EventDefinition> =
  Event extends EventDefinition<string, infer Data> ? Data : never;

/** The envelope of an event; of several, a union told apart by `eventType`. */
export type EventOf<Event extends EventDefinition> =
  Event extends EventDefinition<infer Type, infer Data> ? EventEnvelope<Data, Type> : never;
