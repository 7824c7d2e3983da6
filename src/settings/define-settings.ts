import { z } from 'zod';
import { describeError } from '../errors/describe.js';
import { isSecretKey, secretMask } from '../errors/redact.js';
import { SettingsError, type SettingsFault } from '../errors/settings-error.js';
import { type EnvironmentVariables, readText } from './environment.js';
import type { FieldMeta } from './field.js';
import { maskWhenShown, showValue } from './masking.js';

/** Field name to the zod schema of its text; see `field` for strict ones. */
export type SettingsShape = Readonly<Record<string, z.ZodType>>;

/** One variable as docs show it. */
export interface SettingsVariable {
  readonly name: string;
  readonly description: string;
  readonly expected: string;
  /** `undefined` where there is none. */
  readonly defaultText: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
}

/** What reading an environment gave: all values and no fault, or the faults and those values that could be read. */
export interface SettingsReading<T> {
  readonly values: Partial<T>;
  /** Absent where there is a fault. */
  readonly settings?: T;
  readonly faults: readonly SettingsFault[];
}

export interface SettingsDefinition<T> {
  readonly variables: readonly SettingsVariable[];
  /** Reads `env` and collects its faults. */
  read(env: EnvironmentVariables): SettingsReading<T>;
  /**
   * Reads `env`.
   * @throws SettingsError with every fault at once.
   */
  parse(env: EnvironmentVariables): T;
}

/** What `defineSettings(shape)` reads. */
export type SettingsOf<D> = D extends SettingsDefinition<infer T> ? T : never;

/**
 * Settings read from the environment: the field `deadlineMs` with the prefix `REDIS_` is the variable
 * `REDIS_DEADLINE_MS`. An empty variable counts as unset; white space around a value is dropped unless it is a secret.
 * What `parse` returns masks its secrets when it is printed, logged or turned into JSON.
 *
 * @param schema a shape, or a `z.object` whose refinements then run over the whole once every field is right.
 */
export function defineSettings<S extends SettingsShape>(
  schema: S | z.ZodObject<S>,
  options: { readonly prefix?: string } = {},
): SettingsDefinition<z.output<z.ZodObject<S>>> {
  type Settings = z.output<z.ZodObject<S>>;
  const prefix = options.prefix ?? '';
  const whole: z.ZodObject<S> = schema instanceof z.ZodObject ? schema : z.object(schema);
  const fields = Object.entries<z.ZodType>(whole.shape).map(([key, type]) => readField(key, prefix, type));
  const secretKeys = new Set(fields.filter((each) => each.secret).map((each) => each.key));

  const read = (env: EnvironmentVariables): SettingsReading<Settings> => {
    const texts: Record<string, string> = {};
    const values: Record<string, unknown> = {};
    const faults: SettingsFault[] = [];
    const fault = (each: Field | undefined, expected: string): void => {
      const value = each === undefined ? undefined : texts[each.key];
      const got = value === undefined ? undefined : showValue(value, each?.secret ?? false);
      faults.push({ variable: each?.name ?? `${prefix}*`, got, expected });
    };

    for (const each of fields) {
      const text = readText(env, each.name, each.secret);
      if (text !== undefined) texts[each.key] = text;
      const parsed = parseSafely(each.type, text);
      if (!('value' in parsed))
        fault(each, each.meta.expected ?? scrub(parsed.problems[0].message, fields, texts));
      else if (parsed.value !== undefined) values[each.key] = parsed.value;
    }
    if (faults.length > 0) return { values: values as Partial<Settings>, faults };

    const parsed = parseSafely(whole, texts);
    if ('value' in parsed) {
      const settings = maskWhenShown(parsed.value, (key) => secretKeys.has(key) || isSecretKey(key));
      return { values: settings, settings, faults };
    }
    for (const { path, message } of parsed.problems) {
      fault(
        fields.find((each) => each.key === path[0]),
        scrub(message, fields, texts),
      );
    }
    return { values: values as Partial<Settings>, faults };
  };

  return {
    variables: fields.map((each) => ({
      name: each.name,
      description: each.meta.description ?? '',
      expected: each.meta.expected ?? '',
      defaultText: each.meta.defaultText ?? (each.secret && each.defaultText ? secretMask : each.defaultText),
      required: !('value' in parseSafely(each.type, undefined)),
      secret: each.secret,
    })),
    read,
    parse(env) {
      const { settings, faults } = read(env);
      if (settings === undefined) throw new SettingsError(faults);
      return settings;
    },
  };
}

interface Field {
  readonly key: string;
  readonly name: string;
  readonly type: z.ZodType;
  readonly meta: FieldMeta;
  readonly secret: boolean;
  readonly defaultText: string | undefined;
}

function readField(key: string, prefix: string, type: z.ZodType): Field {
  const name = prefix + variableName(key);
  const meta = metaOf(type);
  const defaultValue: unknown = type instanceof z.ZodDefault ? type.def.defaultValue : undefined;
  return {
    key,
    name,
    type,
    meta,
    secret: meta.secret ?? isSecretKey(name),
    defaultText: showDefault(defaultValue),
  };
}

function showDefault(value: unknown): string | undefined {
  if (typeof value === 'string' || value === undefined) return value;
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value);
}

/** `deadlineMs` -> `DEADLINE_MS`; a name that is upper case already stays. */
function variableName(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** What `.meta()` gave the schema or what it wraps: `.default()` and `.optional()` make a new one without it. */
function metaOf(type: unknown): FieldMeta {
  if (!(type instanceof z.ZodType)) return {};
  const inner =
    type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodOptional
      ? metaOf(type.unwrap())
      : {};
  return { ...inner, ...(type.meta() as FieldMeta | undefined) };
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Parsed<T> = { readonly value: T } | { readonly problems: readonly [Problem, ...Problem[]] };

function parseSafely<T>(type: z.ZodType<T>, input: unknown): Parsed<T> {
  try {
    const result = type.safeParse(input);
    if (result.success) return { value: result.data };
    const [first = { path: [], message: 'another value' }, ...others] = result.error.issues;
    return { problems: [first, ...others] };
  } catch (error) {
    const message = `a value its schema does not throw at (${describeError(error)})`;
    return { problems: [{ path: [], message }] };
  }
}

/** A schema's own message may quote what it was given. */
function scrub(message: string, fields: readonly Field[], texts: Readonly<Record<string, string>>) {
  let scrubbed = message;
  for (const { key, secret } of fields) {
    const value = texts[key];
    if (value === undefined) continue;
    const shown = showValue(value, secret);
    if (secret || shown.includes(secretMask)) scrubbed = scrubbed.replaceAll(value, () => shown);
  }
  return scrubbed;
}
