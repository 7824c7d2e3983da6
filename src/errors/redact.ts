import { maskSecrets, secretMask, secretWords } from './secret-texts.js';

export { secretMask } from './secret-texts.js';

const secretKey = new RegExp(`${secretWords}|pass$`, 'i');
const maxDepth = 8;

/**
 * `text` without the secrets that give themselves away: passwords and secret parameters of URLs (`redis://user:***@host`),
 * values behind secret names (`password=***`), bearer and basic credentials, JWTs, private keys, well-known API keys.
 */
export function redactText(text: string): string {
  return maskSecrets(text, isSecretKey);
}

/** Does a value under this key have to be hidden? */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key);
}

/**
 * A copy of `record`, plain objects and arrays in it included, with values under secret keys masked and URLs in strings
 * freed of their passwords. Instances of classes stay what they are. Never throws.
 */
export function redactSecrets(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return redactRecord(record, 0);
}

function redactRecord(record: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(record)) {
    let value: unknown;
    try {
      value = (record as Record<string, unknown>)[key];
    } catch {
      value = '[unreadable]';
    }
    copy[key] =
      isSecretKey(key) && value !== undefined && value !== null ? secretMask : redactValue(value, depth + 1);
  }
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  const isArray = Array.isArray(value);
  if (!isArray && !isPlain(value)) return value;
  // Also what ends a cycle.
  if (depth > maxDepth) return isArray ? '[array]' : '[object]';
  return isArray ? value.map((item) => redactValue(item, depth + 1)) : redactRecord(value, depth);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
