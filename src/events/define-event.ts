import type { z } from 'zod';
import { SlipwayError } from '../errors/slipway-error.js';
import { checkData, dataProblems } from './check-data.js';
import type { EventDefinition, Upcaster } from './event-definition.js';
import { splitEventType } from './event-type.js';
import { allSchemas, definitionOf, type Schema } from './schema/inner-schemas.js';

/** The properties of `Data` whose value is always a text. */
type TextProperty<Data> = {
  [K in keyof Data & string]: Data[K] extends string ? K : never;
}[keyof Data & string];

export interface EventOptions<S extends z.ZodType> {
  /** Letters, digits, `.`, `_` and `-`, at most 249 of them, as Kafka has it. */
  readonly topic: string;
  /**
   * What the data has to be. Whatever it makes of the data when reading it has to know the way back: use `z.codec`
   * where you would use `transform`. Its checks run synchronously.
   */
  readonly schema: S;
  /**
   * The partition key: the name of a text property, or a function of the data. Events of one key keep their order.
   * `null`: none, each goes to any partition.
   */
  readonly key: TextProperty<z.output<S>> | ((data: z.output<S>) => string) | null;
  /**
   * Version of the shape of the data, from 1. Where it is given, the `schemaVersion` of an envelope tells which version
   * it holds. Default: the `.vN` at the end of the type, which then tells it alone; 1 for a type without.
   */
  readonly version?: number;
  /**
   * How data of older versions becomes that of the next: `{ 1: (data) => ..., 2: ... }` for version 3. The last of
   * them gives what `schema` reads. {@link upcastFrom} gives them types.
   */
  readonly upcast?: Readonly<Record<number, Upcaster>>;
  /** For generated documents, as a sentence. */
  readonly description?: string;
  /** Data as it may stand on the wire, for generated documents. */
  readonly examples?: readonly z.input<S>[];
}

/**
 * Says all there is to know of an event, once:
 *
 *     const ContentCreated = defineEvent('content.created.v1', {
 *       topic: 'content-events',
 *       schema: z.object({ essay_id: z.string(), title: z.string() }),
 *       key: 'essay_id',
 *     });
 *
 * @throws SlipwayError SLIPWAY_EVENT_DEFINITION naming everything that is wrong with it.
 */
export function defineEvent<const Type extends string, S extends z.ZodType>(
  type: Type,
  options: EventOptions<S>,
): EventDefinition<Type, z.output<S>, z.input<S>> {
  const suffix = splitEventType(type);
  const version = options.version ?? suffix?.version ?? 1;
  const upcasters = new Map(
    Object.entries(options.upcast ?? {}).map(([from, upcaster]) => [Number(from), upcaster]),
  );
  const examples = options.examples ?? [];
  const problems = [
    ...typeProblems(type),
    ...topicProblems(options.topic),
    ...versionProblems(version, [...upcasters.keys()]),
    ...schemaProblems(type, options.schema, examples),
  ];
  if (problems.length > 0) {
    throw new SlipwayError('SLIPWAY_EVENT_DEFINITION', {
      message: `Event '${type}' is not well defined: ${problems.join('; ')}.`,
      context: { eventType: type, problems },
    });
  }
  const { key } = options;
  return Object.freeze<EventDefinition<Type, z.output<S>, z.input<S>>>({
    type,
    topic: options.topic,
    schema: options.schema as z.ZodType<z.output<S>, z.input<S>>,
    version,
    versionedBy: options.version === undefined && suffix !== undefined ? 'type' : 'schemaVersion',
    upcasters,
    keyName: typeof key === 'function' ? 'computed' : (key ?? undefined),
    description: options.description,
    examples,
    keyOf: (data) => {
      if (key === null) return undefined;
      return typeof key === 'function' ? key(data) : (data as Record<string, string>)[key];
    },
  });
}

function typeProblems(type: string): readonly string[] {
  return type.trim() === '' ? ['the type is empty'] : [];
}

function topicProblems(topic: string): readonly string[] {
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(topic) && topic !== '.' && topic !== '..') return [];
  const rule = "1 to 249 letters, digits, '.', '_' and '-', and neither '.' nor '..'";
  return [`'${topic}' is no topic name, which has ${rule}`];
}

function versionProblems(version: number, upcast: readonly number[]): readonly string[] {
  if (!Number.isSafeInteger(version) || version < 1) return [`version ${version} is no whole number from 1`];
  const stray = upcast.filter((from) => !Number.isInteger(from) || from < 1 || from >= version);
  const known = upcast.filter((from) => !stray.includes(from));
  const oldest = known.length === 0 ? version : Math.min(...known);
  const missing = Array.from({ length: version - oldest }, (_, index) => oldest + index).filter(
    (from) => !known.includes(from),
  );
  return [
    ...stray.map((from) => `upcast from ${from} is not from a version before ${version}`),
    ...missing.map((from) => `upcast from version ${from} to ${from + 1} is missing`),
  ];
}

function schemaProblems(type: string, schema: z.ZodType, examples: readonly unknown[]): readonly string[] {
  const oneWay = [...allSchemas(schema)].find(([each]) => isOneWay(each));
  if (oneWay !== undefined) {
    const at = ['data', ...oneWay[1]].join('.');
    return [`the schema of ${at} transforms in one direction only (use z.codec, which knows the way back)`];
  }
  return examples.flatMap((example, index) => {
    const checked = checkData(type, schema, example);
    return dataProblems(checked.error).map((problem) => `example ${index + 1}: ${problem}`);
  });
}

function isOneWay(schema: Schema): boolean {
  const { type } = definitionOf(schema);
  return type === 'transform' || type === 'success';
}
