import { z } from 'zod';
import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventDefinition } from '../event-definition.js';
import { isFloat } from '../schema/float.js';
import { definitionOf } from '../schema/inner-schemas.js';

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface JsonSchemaOptions {
  /**
   * What becomes of a part of a schema that JSON Schema cannot say, such as `z.date()` or `z.custom()`: `throw` an
   * error that names all of them, or let `any` value stand there. Default `throw`.
   */
  readonly unrepresentable?: 'throw' | 'any';
}

/**
 * The JSON Schema of an event's data as it stands on the wire: what a codec reads, and a default may be left out.
 * @throws SlipwayError SLIPWAY_EVENT_NO_JSON_SCHEMA
 */
export function dataSchema(
  event: EventDefinition,
  target: 'draft-07' | 'draft-2020-12',
  { unrepresentable = 'throw' }: JsonSchemaOptions,
): JsonSchema {
  const problems: string[] = [];
  const schema = z.toJSONSchema(event.schema, {
    target,
    io: 'input',
    unrepresentable: ({ path, message }) => {
      problems.push(`${dataPath(path)}: ${message}`);
      return 'any';
    },
    override: ({ zodSchema, jsonSchema }) => {
      if (isFloat(zodSchema)) describeFloat(zodSchema, jsonSchema);
    },
  });
  if (problems.length > 0 && unrepresentable === 'throw') {
    throw new SlipwayError('SLIPWAY_EVENT_NO_JSON_SCHEMA', {
      message: `Event '${event.type}' has no JSON Schema: ${problems.join('; ')}. Use a schema of what stands on the wire (a z.codec has one), or unrepresentable: 'any'.`,
      context: { eventType: event.type, problems },
    });
  }
  return schema;
}

/** `properties, items, properties, at` of a JSON Schema, as people say it: `data[].at`. */
function dataPath(path: readonly (string | number)[]): string {
  let text = 'data';
  for (const [index, step] of path.entries()) {
    if (step === 'items') text += '[]';
    else if (path[index - 1] === 'properties') text += `.${step}`;
  }
  return text;
}

/** The bounds of the type itself say nothing; its name does. */
function describeFloat(zodSchema: z.core.$ZodTypes, jsonSchema: z.core.JSONSchema.BaseSchema): void {
  const def = definitionOf(zodSchema);
  const isDouble = 'format' in def && def.format === 'float64';
  const largest = isDouble ? Number.MAX_VALUE : 3.4028234663852886e38;
  if (jsonSchema.minimum === -largest) delete jsonSchema.minimum;
  if (jsonSchema.maximum === largest) delete jsonSchema.maximum;
  jsonSchema.format = isDouble ? 'double' : 'float';
}

/** `schema` with its references to itself pointing to where it stands in a larger document: `#/properties/data`. */
export function rebase(schema: unknown, pointer: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => rebase(item, pointer));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== '$schema')
      .map(([key, value]: [string, unknown]) => {
        const isReference = key === '$ref' && typeof value === 'string' && value.startsWith('#');
        return [key, isReference ? `${pointer}${value.slice(1)}` : rebase(value, pointer)];
      }),
  );
}
