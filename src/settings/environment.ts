import { describeError } from '../errors/describe.js';

/** Where settings are read from: `process.env` or what a test puts in its place. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * The text of a variable; `undefined` where it is not set or empty. White space around it is dropped (values read from
 * files end in a line break) unless it is a secret, where it may be part of it.
 */
export function readText(env: EnvironmentVariables, name: string, secret = false): string | undefined {
  const given: unknown = env[name];
  if (given === undefined) return undefined;
  // `process.env` holds texts alone; what a caller puts in its place may not.
  const text = typeof given === 'string' ? given : describeError(given);
  const kept = secret ? text : text.trim();
  return kept === '' ? undefined : kept;
}
