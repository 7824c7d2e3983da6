/** What stands where a secret was. */
export const secretMask = '***';

/** What makes a name that of a secret, wherever in it. */
export const secretWords =
  'pass(?:word|wd|phrase)|pwd|secret|token|authorization|credential|cookie|jwt|(?:api|access|private|signing|encryption)[-_ ]?key';

// The user part may be empty (redis://:password@host); the password ends at the last @ before the path. The scheme's
// length is bounded so that a long text without any URL costs linear time.
const urlCredentials = /([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/@:]*):([^\s/]*)@/gi;
const urlParameter = /([?&])([^=&\s]{1,64})=([^&#\s"']+)/g;
/** `user:password@host` without a scheme, at the beginning of a word. */
const bareCredentials = /(^|[\s"'=,;([{])([\w.+-]{1,64}):([^\s/:"']{1,256})@(?=[\w[])/g;
const bearer = /\b((?:[Bb]earer|BEARER)[ \t]{1,3})[\w.~+/=-]{8,}/g;
const basic = /\b((?:[Bb]asic|BASIC)[ \t]{1,3})([\w+/=-]{4,})/g;
const jwt = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g;
const privateKey =
  /(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g;
// Keys of AWS, GitHub, GitLab, Slack, Stripe, Google and npm begin with what they are.
const knownKeys =
  /(?<![A-Za-z0-9_])(?:A(?:KI|SI)A[A-Z0-9]{16}|gh[pousr]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abeoprs]-[\w-]{10,255}|[rs]k_(?:live|test)_\w{16,255}|AIza[\w-]{35}|npm_\w{36})/g;
/** A text in which this finds nothing holds no secret that is looked for: most texts cost one quick look. */
const unusual = /[=:@ _JI]|ox|lp/;
/** One that is unusual and in which this finds nothing neither. */
const suspicious =
  /[=:@]|[Bb](?:earer|asic)|BEARER|BASIC|eyJ|PRIVATE KEY|A(?:[KS]IA|Iza)|g(?:h[pousr]_|ithub_pat_|lpat-)|xox|k_(?:live|test)_|npm_/;

const quoted =
  /"[^"\\]*(?:\\(?:[\s\S]|$)[^"\\]*)*(?:"|$)|'[^'\\]*(?:\\(?:[\s\S]|$)[^'\\]*)*(?:'|$)|`[^`]*(?:`|$)/y;
/** A text quoted within a quoted text: it ends at a quote with as many backslashes before it. */
const escapedQuoted = /(\\{1,4})(["'])[\s\S]*?(?:(?<!\\)\1\2|$)/y;
const bracketed = /\{[^}]*(?:\}|$)|\[[^\]]*(?:\]|$)/y;
const restOfLine = /[^\r\n"]+/y;
const word = /(?:(?:bearer|basic|digest|negotiate|token)[ \t]{1,3})?[^\s;&"']+/iy;
/** `invalid token: jwt expired` tells what happened, not the token. */
const proseAfterColon = /^[a-z]+[^\w]*$/;
const certain = /pass|pwd|secret|key/i;

/** What {@link maskNamedValues} looks for: names that match `words`, with what stands between them and their values. */
export function namesWith(words: string): RegExp {
  return new RegExp(`(?:${words})(?:\\\\{0,4}["'])?[ \\t]{0,3}(?:=>|[=:])[ \\t]{0,3}`, 'gi');
}

const secretNames = namesWith(`(?:${secretWords})[\\w.-]{0,40}|pass`);

/** `text` with everything masked that looks like a secret by its own shape or by the name in front of it. */
export function maskSecrets(text: string, isSecretKey: (name: string) => boolean): string {
  if (!unusual.test(text) || !suspicious.test(text)) return text;
  let masked = text;
  if (masked.includes('://')) masked = masked.replace(urlCredentials, `$1$2:${secretMask}@`);
  if (masked.includes('@')) masked = masked.replace(bareCredentials, `$1$2:${secretMask}@`);
  if (masked.includes('=')) {
    masked = masked.replace(urlParameter, (whole: string, start: string, name: string) =>
      isSecretKey(name) ? `${start}${name}=${secretMask}` : whole,
    );
  }
  masked = masked
    .replace(privateKey, `$1${secretMask}$2`)
    .replace(jwt, secretMask)
    .replace(knownKeys, secretMask)
    .replace(bearer, `$1${secretMask}`)
    .replace(basic, (whole: string, scheme: string, encoded: string) =>
      Buffer.from(encoded, 'base64').includes(':') ? scheme + secretMask : whole,
    );
  return maskNamedValues(masked, secretNames);
}

/**
 * `text` with the values behind names masked: `password=x`, `"token": "x"`, `Cookie: a=b; c=d`, `Password={x}`.
 * @param names made by {@link namesWith}
 */
export function maskNamedValues(text: string, names: RegExp): string {
  names.lastIndex = 0;
  let masked = '';
  let kept = 0;
  for (let found = names.exec(text); found !== null; found = names.exec(text)) {
    const [name] = found;
    const start = names.lastIndex;
    const end = valueEnd(text, start, name);
    if (end === start) continue;
    masked += text.slice(kept, start) + secretMask;
    kept = end;
    names.lastIndex = end;
  }
  return kept === 0 ? text : masked + text.slice(kept);
}

/** Where the value that begins at `start` ends: `start` itself where there is none to hide. */
function valueEnd(text: string, start: number, name: string): number {
  if (text.startsWith(secretMask, start)) return start;
  const whole =
    endOf(quoted, text, start) ?? endOf(escapedQuoted, text, start) ?? endOf(bracketed, text, start);
  if (whole !== undefined) return whole;
  if (/cookie/i.test(name)) return endOf(restOfLine, text, start) ?? start;
  const end = endOf(word, text, start) ?? start;
  const isProse =
    /:[ \t]+$/.test(name) && !certain.test(name) && proseAfterColon.test(text.slice(start, end));
  return isProse ? start : end;
}

function endOf(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
