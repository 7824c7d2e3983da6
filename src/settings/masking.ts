import { inspect } from 'node:util';
import { isSecretKey, redactText, secretMask } from '../errors/redact.js';

const maxShownLength = 100;
const maxDepth = 8;
const assignment = /([\w-]{1,64})=([^&#\s"']+)/g;
const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * What a fault may show of a value. Stricter than {@link redactText}, since what is shown here is malformed: all before
 * the last `@` may be a password with characters that should have been encoded.
 * @param secrets what must not be shown, wherever it stands.
 */
export function showValue(value: string, secret: boolean, secrets: readonly string[] = []): string {
  if (secret) return secretMask;
  const shown = redactText(hideCredentials(withoutSecrets(value, secrets)));
  return shown.length > maxShownLength ? `${shown.slice(0, maxShownLength)}...` : shown;
}

/** `text` with each of `secrets` masked, the longest first: one may be part of another. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .toSorted((left, right) => right.length - left.length)
    .reduce((shown, secret) => shown.replaceAll(secret, secretMask), text);
}

function hideCredentials(text: string): string {
  // `password=...` also where no ? or & stands before it.
  const value = text.replace(assignment, (whole: string, name: string) =>
    isSecretKey(name) ? `${name}=${secretMask}` : whole,
  );
  const start = scheme.exec(value)?.[0] ?? '';
  const at = value.lastIndexOf('@');
  if (at >= 0) return `${start}${secretMask}${value.slice(at)}`;
  // `redis://user:password` without its host: not a URL, and what follows the colon is no port.
  return start !== '' && !URL.canParse(value) ? `${start}${secretMask}` : value;
}

/**
 * Gives a settings object a `toJSON` and an inspection that mask its secrets, so that printing or logging it shows
 * none. They are not enumerable: a copy made by spreading has them no more.
 */
export function maskWhenShown<T extends object>(settings: T, isSecret = isSecretKey): T {
  const masked = (): Record<string, unknown> => maskRecord(settings, isSecret, 0);
  Object.defineProperty(settings, 'toJSON', { value: masked });
  Object.defineProperty(settings, inspect.custom, { value: masked });
  return settings;
}

function maskRecord(
  record: object,
  isSecret: (key: string) => boolean,
  depth: number,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]: [string, unknown]) => [
      key,
      isSecret(key) && value !== undefined ? secretMask : maskValue(value, depth + 1),
    ]),
  );
}

/** What a schema may make of a text: a list, an object, a URL. */
function maskValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof URL) return redactText(value.href);
  // Also what ends a cycle.
  if (depth > maxDepth) return '[object]';
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1));
  if (value instanceof Set) return Array.from(value, (item) => maskValue(item, depth + 1));
  if (value instanceof Map) return maskRecord(Object.fromEntries(value) as object, isSecretKey, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? maskRecord(value, isSecretKey, depth) : value;
}
