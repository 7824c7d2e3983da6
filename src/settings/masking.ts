import { inspect } from 'node:util';
import { isSecretKey, redactText, secretMask } from '../errors/redact.js';

const maxShownLength = 100;
const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * What a fault may show of a value. Stricter than {@link redactText}, since what is shown here is malformed: all before
 * the last `@` may be a password with characters that should have been encoded.
 */
export function showValue(value: string, secret: boolean): string {
  if (secret) return secretMask;
  const shown = redactText(hideCredentials(value));
  return shown.length > maxShownLength ? `${shown.slice(0, maxShownLength)}...` : shown;
}

function hideCredentials(value: string): string {
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
  const masked = (): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(settings).map(([key, value]: [string, unknown]) => [
        key,
        isSecret(key) && value !== undefined ? secretMask : maskStrings(value),
      ]),
    );
  Object.defineProperty(settings, 'toJSON', { value: masked });
  Object.defineProperty(settings, inspect.custom, { value: masked });
  return settings;
}

function maskStrings(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  return Array.isArray(value) ? value.map(maskStrings) : value;
}
