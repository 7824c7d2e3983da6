import type { z } from 'zod';

export type Schema = z.core.$ZodType;

/** A schema inside another, under what it is found there: a property, `[]` for any item, nothing for a wrapper. */
type InnerSchema = readonly [step: string, schema: Schema];

/** A schema's own description of itself. Zod's classes are one union told apart by it. */
type SchemaDefinition = z.core.$ZodTypes['_zod']['def'];

export function definitionOf(schema: Schema): SchemaDefinition {
  return (schema as unknown as { readonly def: SchemaDefinition }).def;
}

/** The schemas directly inside `schema`. */
function innerSchemas(schema: Schema): readonly InnerSchema[] {
  const def = definitionOf(schema);
  if ('innerType' in def) return [['', def.innerType]];
  if (def.type === 'object') {
    return [...Object.entries(def.shape), ...(def.catchall ? [['*', def.catchall] as const] : [])];
  }
  if (def.type === 'tuple') {
    return [...def.items, ...(def.rest ? [def.rest] : [])].map((item, index) => [`[${index}]`, item]);
  }
  if (def.type === 'array') return [['[]', def.element]];
  if (def.type === 'set') return [['[]', def.valueType]];
  if (def.type === 'record' || def.type === 'map') {
    return [def.keyType, def.valueType].map((each) => ['*', each]);
  }
  return sides(def).map((each) => ['', each]);
}

/** What an alternative, an intersection or a pipe is made of, each of which describes the same data. */
function sides(def: SchemaDefinition): readonly Schema[] {
  if (def.type === 'union') return def.options;
  if (def.type === 'intersection') return [def.left, def.right];
  if (def.type === 'pipe') return [def.in, def.out];
  return def.type === 'lazy' ? [def.getter()] : [];
}

/** `schema` and all schemas inside it, each with the path at which it was found first. */
export function allSchemas(schema: Schema): ReadonlyMap<Schema, readonly string[]> {
  const found = new Map<Schema, readonly string[]>([[schema, []]]);
  // What is added to a Map while it is iterated is visited too.
  for (const [each, path] of found) {
    for (const [step, inner] of innerSchemas(each)) {
      if (!found.has(inner)) found.set(inner, step === '' ? path : [...path, step]);
    }
  }
  return found;
}
