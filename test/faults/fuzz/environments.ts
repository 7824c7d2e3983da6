import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { defineSettings, field, loadSettings, SettingsError } from '../../../src/index.js';

export interface EnvironmentFuzz {
  readonly runs: number;
  readonly seed: number;
  /** Environments that could be read. */
  readonly accepted: number;
  /** Environments that a SettingsError told the faults of. */
  readonly refused: number;
  /** What was neither, or showed a secret; the smallest environment that was found to do so. */
  readonly failure: string | undefined;
}

const mailSettings = defineSettings(
  {
    host: field.text(),
    url: field.text({ description: 'May hold a password.' }).optional(),
    apiKey: field.secret().optional(),
    timeoutMs: field.duration({ variable: 'TIMEOUT' }).default(5_000),
    maxBodyBytes: field.size({ variable: 'MAX_BODY' }).default(65_536),
  },
  { prefix: 'MAIL_' },
);

const names = [
  'SERVICE_NAME',
  'SERVICE_NAM',
  'ENVIRONMENT',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'REDIS_URL',
  'REDIS_HOST',
  'REDIS_PORT',
  'REDIS_DB',
  'REDIS_SSL',
  'REDIS_DEADLINE_MS',
  'KAFKA_BOOTSTRAP_SERVERS',
  'KAFKA_BOOTSTRAP_SERVER',
  'KAFKA_GROUP_ID',
  'KAFKA_ENABLE_AUTO_COMMIT',
  'KAFKA_SESSION_TIMEOUT_MS',
  'MAIL_HOST',
  'MAIL_HSOT',
  'MAIL_TIMEOUT',
  'MAIL_MAX_BODY',
];
/** Variables that are secret, and so never shown at all. */
const secretNames = ['REDIS_PASSWORD', 'MAIL_API_KEY'];
/** Variables that hold addresses, which may have a password in them. */
const addressNames = ['REDIS_URL', 'KAFKA_BOOTSTRAP_SERVERS', 'REDIS_HOST'];
/** Variables that take any text: what is no URL in them is nothing to be masked. */
const textNames = ['MAIL_URL', 'MAIL_HOST'];

const right = [
  'essay-desk',
  'production',
  'debug',
  'console',
  'redis://cache:6379/1',
  'memory://',
  'kafka:9092',
];
const likely = [
  '',
  ' ',
  'a',
  '0',
  '1',
  '65536',
  '007',
  '1e3',
  'true',
  'maybe',
  '5s',
  '1.5MiB',
  'tcp://10.0.0.1:6379',
  'a:1,,b:2',
];
const value = fc.oneof(
  fc.constantFrom(...right, ...likely),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.webUrl({ withQueryParameters: true }),
);
/** Begins with a letter: digits behind a colon would be a port. */
const secret = fc.stringMatching(/^S3c[A-Za-z0-9]{9}$/);
/** One character taken out, put in or put in its place. */
const slip = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.constantFrom(0, 1),
  added: fc.oneof(fc.constant(''), fc.constantFrom('/', ':', '@', ' ', '#', '?', '%', ',')),
});

const environment = fc
  .record({
    plain: fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true }),
    isNamed: fc.boolean(),
    secret,
    secretName: fc.constantFrom(...secretNames),
    addressName: fc.option(fc.constantFrom(...addressNames, ...textNames), { nil: undefined }),
    form: fc.constantFrom(
      (password: string) => `redis://user:${password}@cache:6379/0`,
      (password: string) => `rediss://:${password}@cache`,
      (password: string) => `https://mail/?password=${password}`,
      (password: string) => `user:${password}@kafka:9092`,
    ),
    slips: fc.option(slip, { nil: undefined }),
  })
  .map(({ plain, isNamed, secret: planted, secretName, addressName, form, slips }) => {
    const needed = isNamed ? { SERVICE_NAME: 'essay-desk', MAIL_HOST: 'smtp' } : {};
    const env: Record<string, string> = { ...plain, ...needed, [secretName]: planted };
    if (addressName !== undefined) {
      const address = form(planted);
      if (addressNames.includes(addressName)) env[addressName] = slipped(address, planted, slips);
      else if (URL.canParse(address) && address.includes('://')) env[addressName] = address;
    }
    return { planted, env };
  });

interface Slip {
  readonly at: number;
  readonly removed: number;
  readonly added: string;
}

/** The secret itself stays whole: half of it could not be looked for. */
function slipped(text: string, planted: string, slips: Slip | undefined): string {
  if (slips === undefined) return text;
  const start = text.indexOf(planted);
  const places = Array.from(text, (_, index) => index).filter(
    (index) => index < start || index >= start + planted.length,
  );
  const index = places[Math.floor(slips.at * (places.length - 1))] ?? 0;
  return text.slice(0, index) + slips.added + text.slice(index + slips.removed);
}

/**
 * Reads `runs` environments, most of them malformed, with secrets planted in them: each gives settings or one
 * SettingsError, and neither shows a secret however it is printed.
 */
export function fuzzEnvironments(options: {
  readonly runs: number;
  readonly seed?: number;
}): EnvironmentFuzz {
  let accepted = 0;
  let refused = 0;
  const property = fc.property(environment, ({ env, planted }) => {
    const outcome = read(env);
    if (outcome instanceof SettingsError) refused += 1;
    else accepted += 1;
    for (const shown of printed(outcome)) {
      if (shown.includes(planted)) throw new Error(`It shows the secret: ${shown}`);
    }
  });
  const { seed, failed, counterexample, errorInstance } = fc.check(property, {
    numRuns: options.runs,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  const failure = failed
    ? `${inspect(counterexample, { depth: null })}: ${String(errorInstance)}`
    : undefined;
  return { runs: options.runs, seed, accepted, refused, failure };
}

/** What loadSettings gives or throws; throws what is neither settings nor a SettingsError that names faults. */
function read(env: Readonly<Record<string, string>>): object {
  try {
    const { mail, ...settings } = loadSettings({ mail: mailSettings }, env);
    return { mail, ...settings };
  } catch (error) {
    if (error instanceof SettingsError && error.faults.length > 0) return error;
    throw error;
  }
}

function printed(outcome: object): readonly string[] {
  return [
    JSON.stringify(outcome),
    inspect(outcome, { depth: null, showHidden: true }),
    ...(outcome instanceof SettingsError
      ? [
          String(outcome),
          outcome.message,
          outcome.stack ?? '',
          JSON.stringify(outcome.faults),
          outcome.warnings.join('\n'),
        ]
      : []),
  ];
}
