/** What stands where a secret was. */
export const secretMask = '***';

const secretKey =
  /pass(?:word|wd|phrase)|pass$|pwd|secret|token|authorization|credential|cookie|jwt|(?:api|access|private|signing|encryption)[-_ ]?key/i;
// The user part may be empty (redis://:password@host); the password ends at the last @ before the path. The scheme's
// length is bounded so that a long text without any URL costs linear time.
const urlCredentials = /([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/@:]*):([^\s/]*)@/gi;
const urlParameter = /([?&])([^=&\s]{1,64})=([^&#\s"']+)/g;
const maxDepth = 8;

/** `text` with the password and the secret query parameters of every URL in it masked: `redis://user:***@host`. */
export function redactText(text: string): string {
  let redacted = text;
  if (redacted.includes('://')) redacted = redacted.replace(urlCredentials, `$1$2:${secretMask}@`);
  if (redacted.includes('=')) {
    redacted = redacted.replace(urlParameter, (whole: string, start: string, name: string) =>
      isSecretKey(name) ? `${start}${name}=${secretMask}` : whole,
    );
  }
  return redacted;
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
