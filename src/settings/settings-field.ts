import { z } from 'zod';
import { describeError } from '../errors/describe.js';
import { isSecretKey, secretMask } from '../errors/redact.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { FieldMeta } from './field.js';

/** One variable as docs show it. */
export interface SettingsVariable {
  readonly name: string;
  readonly description: string;
  readonly expected: string;
  /** `undefined` where there is none. */
  readonly defaultText: string | undefined;
  /** A value to begin with. `undefined` where there is none, and for secrets. */
  readonly example: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
}

/** A field of a settings schema and the variable it reads. */
export interface SettingsField {
  readonly key: string;
  readonly name: string;
  readonly type: z.ZodType;
  readonly meta: FieldMeta;
  readonly secret: boolean;
}

/**
 * The fields of a schema.
 * @throws SlipwayError SLIPWAY_SETTINGS_DEFINITION where they cannot be read from an environment.
 */
export function settingsFields(shape: z.ZodRawShape, prefix: string): readonly SettingsField[] {
  const fields = Object.entries(shape).map(([key, type]) => readField(key, prefix, type as z.ZodType));
  const names = new Set<string>();
  for (const { key, name, meta } of fields) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw invalidDefinition(
        key,
        `reads ${JSON.stringify(name)}, which is no name of a variable. Rename it`,
      );
    }
    if (names.has(name)) throw invalidDefinition(key, `reads ${name}, as another field does. Rename one`);
    if (meta.hasUnit && name.endsWith('_MS')) {
      const variable = name.slice(prefix.length, -'_MS'.length);
      throw invalidDefinition(
        key,
        `reads ${name}, whose value would have a unit too. Use field.milliseconds(), or give { variable: '${variable}' }`,
      );
    }
    names.add(name);
  }
  return fields;
}

export function invalidDefinition(key: string, what: string): SlipwayError {
  return new SlipwayError('SLIPWAY_SETTINGS_DEFINITION', {
    message: `The settings field ${JSON.stringify(key)} ${what}.`,
    context: { field: key },
  });
}

/** How docs show the field. */
export function variableOf({ name, type, meta, secret }: SettingsField): SettingsVariable {
  const fallback = defaultOf(type);
  const text = showDefault(fallback, meta.format);
  return {
    name,
    description: meta.description ?? '',
    expected: meta.expected ?? '',
    defaultText: meta.defaultText ?? (secret && text ? secretMask : text),
    example: secret ? undefined : (meta.example ?? readable(type, text)),
    required: !('value' in parseSafely(type, undefined)),
    secret,
  };
}

interface SchemaProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Parsed<T> =
  | { readonly value: T }
  | { readonly problems: readonly [SchemaProblem, ...SchemaProblem[]]; readonly threw: boolean };

export function parseSafely<T>(type: z.ZodType<T>, input: unknown): Parsed<T> {
  try {
    const result = type.safeParse(input);
    if (result.success) return { value: result.data };
    const [first = { path: [], message: 'another value' }, ...others] = result.error.issues;
    return { problems: [first, ...others], threw: false };
  } catch (error) {
    const message = `a value its schema does not throw at (${describeError(error)})`;
    return { problems: [{ path: [], message }], threw: true };
  }
}

function readField(key: string, prefix: string, type: z.ZodType): SettingsField {
  const meta = metaOf(type);
  const name = prefix + (meta.variable ?? variableName(key));
  return { key, name, type, meta, secret: meta.secret ?? isSecretKey(name) };
}

/** `deadlineMs` -> `DEADLINE_MS`; a name that is upper case already stays. */
function variableName(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** What `.meta()` gave the schema or what it wraps: `.default()` and `.optional()` make a new one without it. */
function metaOf(type: unknown): FieldMeta {
  if (!(type instanceof z.ZodType)) return {};
  return { ...metaOf(wrapped(type)), ...(type.meta() as FieldMeta | undefined) };
}

function defaultOf(type: unknown): unknown {
  if (type instanceof z.ZodDefault || type instanceof z.ZodPrefault) return type.def.defaultValue;
  const inner = wrapped(type);
  return inner === undefined ? undefined : defaultOf(inner);
}

function wrapped(type: unknown): unknown {
  return type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodOptional
    ? type.unwrap()
    : undefined;
}

function showDefault(value: unknown, format: FieldMeta['format']): string | undefined {
  if (typeof value === 'string' || value === undefined) return value;
  if (typeof value === 'number' && format !== undefined) return format(value);
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value);
}

/** `text` where the schema takes it: a default may be what no text is read as. */
function readable(type: z.ZodType, text: string | undefined): string | undefined {
  return text !== undefined && 'value' in parseSafely(type, text) ? text : undefined;
}
