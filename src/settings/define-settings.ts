import { z } from 'zod';
import { isSecretKey, secretMask } from '../errors/redact.js';
import { SettingsError, type SettingsFault } from '../errors/settings-error.js';
import { type EnvironmentVariables, readText } from './environment.js';
import { maskWhenShown, showValue, withoutSecrets } from './masking.js';
import { misspelt } from './misspelt.js';
import {
  parseSafely,
  type SettingsField,
  settingsFields,
  type SettingsVariable,
  variableOf,
} from './settings-field.js';

export type { SettingsVariable } from './settings-field.js';

/** Field name to the zod schema of its text; see `field` for strict ones. */
export type SettingsShape = Readonly<Record<string, z.ZodType>>;

/** What reading an environment gave: all values and no fault, or the faults and those values that could be read. */
export interface SettingsReading<T> {
  readonly values: Partial<T>;
  /** Absent where there is a fault. */
  readonly settings?: T;
  readonly faults: readonly SettingsFault[];
}

export interface SettingsDefinition<T> {
  readonly prefix: string;
  readonly variables: readonly SettingsVariable[];
  /**
   * Reads `env` and collects its faults.
   * @param secrets texts that faults must not show, beside those of the definition's own secret variables.
   */
  read(env: EnvironmentVariables, secrets?: readonly string[]): SettingsReading<T>;
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
 * @param schema a shape, or a `z.object` whose refinements then run over the whole: once every field is right, or
 *   earlier where their `when` says so.
 * @throws SlipwayError SLIPWAY_SETTINGS_DEFINITION where two fields read one variable, or a name cannot be one.
 */
export function defineSettings<S extends SettingsShape>(
  schema: S | z.ZodObject<S>,
  options: { readonly prefix?: string } = {},
): SettingsDefinition<z.output<z.ZodObject<S>>> {
  type Settings = z.output<z.ZodObject<S>>;
  const prefix = options.prefix ?? '';
  const whole: z.ZodObject<S> = schema instanceof z.ZodObject ? schema : z.object(schema);
  const fields = settingsFields(whole.shape, prefix);
  const secretKeys = new Set(fields.filter((each) => each.secret).map((each) => each.key));
  const isSecret = (key: string): boolean => secretKeys.has(key) || isSecretKey(key);

  const definition: SettingsDefinition<Settings> = {
    prefix,
    variables: fields.map(variableOf),
    read(env, secrets = []) {
      const reader = new Reader(env, fields, prefix, secrets);
      const values = reader.readFields() as Partial<Settings>;
      const parsed = reader.readWhole(whole);
      if (parsed === undefined) return { values, faults: reader.faults };
      const settings = maskWhenShown(parsed.value, isSecret);
      return { values: settings, settings, faults: [] };
    },
    parse(env) {
      const { settings, faults } = definition.read(env);
      if (settings === undefined) throw new SettingsError(faults, { warnings: misspelt(env, [definition]) });
      return settings;
    },
  };
  return definition;
}

/** One reading of one environment. */
class Reader {
  readonly faults: SettingsFault[] = [];
  readonly #env: EnvironmentVariables;
  readonly #fields: readonly SettingsField[];
  readonly #prefix: string;
  readonly #texts: Record<string, string> = {};
  readonly #secrets: string[];

  constructor(
    env: EnvironmentVariables,
    fields: readonly SettingsField[],
    prefix: string,
    secrets: readonly string[],
  ) {
    this.#env = env;
    this.#fields = fields;
    this.#prefix = prefix;
    this.#secrets = [...secrets];
  }

  /** The values of the fields that could be read. */
  readFields(): Record<string, unknown> {
    for (const { key, name, secret } of this.#fields) {
      const text = readText(this.#env, name, secret);
      if (text === undefined) continue;
      this.#texts[key] = text;
      if (secret) this.#secrets.push(text);
    }
    const values: Record<string, unknown> = {};
    for (const each of this.#fields) {
      const parsed = parseSafely(each.type, this.#texts[each.key]);
      if (!('value' in parsed)) this.#fault(each, each.meta.expected, parsed.problems[0].message);
      else if (parsed.value !== undefined) values[each.key] = parsed.value;
    }
    return values;
  }

  /** The settings; nothing where there is a fault. What is wrong with single fields is known by now. */
  readWhole<T>(whole: z.ZodType<T>): { readonly value: T } | undefined {
    const wrong = new Set(this.faults.map(({ variable }) => variable));
    const parsed = parseSafely(whole, this.#inputOf(wrong));
    if ('value' in parsed) return wrong.size === 0 ? parsed : undefined;
    for (const { path, message } of parsed.problems) {
      const field = this.#fields.find(({ key }) => key === path[0]);
      const isKnown = field !== undefined && wrong.has(field.name);
      // A rule that trips over a field which is wrong anyway has nothing to tell.
      if (!isKnown && !(parsed.threw && wrong.size > 0)) this.#fault(field, undefined, message);
    }
    return undefined;
  }

  /** The texts. A rule would take one that only breaks a pattern for a value: no text at all ends zod's way to the rules. */
  #inputOf(wrong: ReadonlySet<string>): Record<string, unknown> {
    const input: Record<string, unknown> = { ...this.#texts };
    for (const { key, name } of this.#fields) if (wrong.has(name)) input[key] = Symbol('a wrong text');
    return input;
  }

  #fault(field: SettingsField | undefined, expected: string | undefined, message: string): void {
    const text = field === undefined ? undefined : this.#texts[field.key];
    this.faults.push({
      variable: field?.name ?? `${this.#prefix}*`,
      got: text === undefined ? undefined : showValue(text, field?.secret ?? false, this.#secrets),
      expected: expected ?? this.#scrub(message),
    });
  }

  /** A schema's own message may quote what it was given. */
  #scrub(message: string): string {
    let scrubbed = withoutSecrets(message, this.#secrets);
    for (const { key } of this.#fields) {
      const text = this.#texts[key];
      if (text === undefined) continue;
      const shown = showValue(text, false, this.#secrets);
      if (shown.includes(secretMask)) scrubbed = scrubbed.replaceAll(text, () => shown);
    }
    return scrubbed;
  }
}
