const mask = '***';
const secretKey =
  /pass(word|wd|phrase)?$|secret|token|authorization|credential|cookie|api[-_]?key|private[-_]?key/i;
// The user part may be empty (redis://:password@host); the password ends at the last @ before the path.
const urlCredentials = /([a-z][a-z0-9+.-]*:\/\/)([^\s/@:]*):([^\s/]*)@/gi;

/** `text` with the password of every URL in it masked: `redis://user:***@host`. */
export function redactText(text: string): string {
  return text.replace(urlCredentials, `$1$2:${mask}@`);
}

/** Does a value under this key have to be hidden? */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key);
}

/** A copy of `record` with values under secret keys masked and URLs in strings freed of their passwords. */
export function redactSecrets(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    if (isSecretKey(key) && value !== undefined && value !== null) copy[key] = mask;
    else copy[key] = typeof value === 'string' ? redactText(value) : value;
  }
  return copy;
}
