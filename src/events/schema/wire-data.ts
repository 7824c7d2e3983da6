import { z } from 'zod';
import { JsonFloat, jsonFloat } from '../json/json-float.js';
import { isFloat } from './float.js';
import { allSchemas, definitionOf, type Schema } from './inner-schemas.js';

interface Traits {
  readonly hasFloats: boolean;
  /** Does what handlers get differ from what stands on the wire by more than defaults? */
  readonly hasCodecs: boolean;
}

const traitsBySchema = new WeakMap<Schema, Traits>();

function traitsOf(schema: Schema): Traits {
  const known = traitsBySchema.get(schema);
  if (known !== undefined) return known;
  const schemas = [...allSchemas(schema).keys()];
  const traits = {
    hasFloats: schemas.some(isFloat),
    hasCodecs: schemas.some((each) => definitionOf(each).type === 'pipe'),
  };
  traitsBySchema.set(schema, traits);
  return traits;
}

/**
 * What `data` looks like on the wire: codecs applied backwards, and a {@link JsonFloat} wherever `schema` has a float.
 * The very same value where the schema asks for neither.
 * @throws ZodError if a codec does not take the data, and whatever its own code throws.
 */
export function wireData(schema: Schema, data: unknown): unknown {
  const { hasCodecs, hasFloats } = traitsOf(schema);
  const plain = hasCodecs ? z.encode(schema, data) : data;
  return hasFloats ? markFloats(schema, plain) : plain;
}

function markFloats(schema: Schema, value: unknown): unknown {
  if (value == null || value instanceof JsonFloat || !traitsOf(schema).hasFloats) return value;
  const def = definitionOf(schema);
  if (def.type === 'number') return typeof value === 'number' ? jsonFloat(value) : value;
  if ('innerType' in def) return markFloats(def.innerType, value);
  if (def.type === 'object') {
    return mapMembers(value, (key) => (Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall));
  }
  if (def.type === 'record') return mapMembers(value, () => def.valueType);
  if (def.type === 'array') return mapItems(value, () => def.element);
  if (def.type === 'tuple') return mapItems(value, (index) => def.items[index] ?? def.rest);
  if (def.type === 'intersection') return markFloats(def.right, markFloats(def.left, value));
  if (def.type === 'pipe') return markFloats(def.in, value);
  if (def.type === 'lazy') return markFloats(def.getter(), value);
  if (def.type !== 'union') return value;
  // The first that takes it, as when zod parses; an integer in `int | float` stays one.
  const option = def.options.find((each) => z.safeParse(each, value).success);
  return option === undefined ? value : markFloats(option, value);
}

function mapMembers(value: unknown, schemaOf: (key: string) => Schema | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]: [string, unknown]) => {
      const schema = schemaOf(key);
      return [key, schema === undefined ? member : markFloats(schema, member)];
    }),
  );
}

function mapItems(value: unknown, schemaOf: (index: number) => Schema | null | undefined): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown, index) => {
    const schema = schemaOf(index);
    return schema == null ? item : markFloats(schema, item);
  });
}
