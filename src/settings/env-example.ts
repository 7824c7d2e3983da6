import type { SettingsDefinition, SettingsVariable } from './define-settings.js';

/**
 * The text of an `.env.example`: of each variable what it is for, what is expected and its default. Required ones are
 * empty and to be filled in; the others are comments that hold their default. No secret has a value. What it holds can be
 * read by `node --env-file`, `util.parseEnv` and Docker Compose.
 */
export function envExample(definitions: readonly Pick<SettingsDefinition<unknown>, 'variables'>[]): string {
  const entries = definitions.flatMap(({ variables }) => variables.map(entry));
  return entries.length === 0 ? '' : `${entries.join('\n\n')}\n`;
}

function entry({
  name,
  description,
  expected,
  defaultText,
  example = '',
  required,
  secret,
}: SettingsVariable): string {
  const value = secret ? undefined : quoted(example);
  const remarks = [
    description,
    expected === '' ? '' : `Expected: ${expected}.`,
    required ? 'Required.' : defaultText === undefined ? '' : `Default: ${defaultText}`,
    required && value !== undefined && value !== '' ? `For example: ${value}` : '',
    secret ? 'Secret: never commit its value.' : '',
  ];
  const comments = remarks
    .filter((each) => each !== '')
    .flatMap((each) => each.split(/[\r\n\u2028\u2029]+/))
    .map((line) => `# ${line}`);
  return [...comments, required ? `${name}=` : `# ${name}=${value ?? ''}`].join('\n');
}

/** `value` as the files' readers give it back; `undefined` where none of their quotes can hold it. */
function quoted(value: string): string | undefined {
  if (/^[\w./:@,+%&?=~-]*$/.test(value)) return value;
  if (/[\r\n\\]/.test(value)) return undefined;
  // In double quotes readers expand escapes, in single quotes and back-ticks nothing.
  const quote = ["'", '`', '"'].find((each) => !value.includes(each));
  return quote === undefined ? undefined : `${quote}${value}${quote}`;
}
