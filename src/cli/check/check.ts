import { SettingsError } from '../../errors/settings-error.js';
import type { EnvironmentVariables } from '../../settings/environment.js';
import { loadSettings, type Settings } from '../../settings/load-settings.js';
import { type Command, usageError } from '../command.js';
import { type Environment, envFileOption, readEnvironment } from '../environment.js';
import { exitCodes } from '../io.js';
import { checkKafka } from './kafka.js';
import { jsonReport, summary, textLine } from './report.js';
import { checkRedis } from './redis.js';
import { CheckRun, unforeseen } from './run.js';

const defaultTimeoutMs = 5_000;
const longestTimeoutMs = 600_000;
const topicName = /^[a-zA-Z0-9._-]{1,249}$/;

type Area = 'redis' | 'kafka';
const areas: readonly Area[] = ['redis', 'kafka'];

export const check: Command = {
  name: 'check',
  operands: '',
  count: [0, 0],
  summary: 'Tries Redis and Kafka as the environment names them, and names the cause of what fails.',
  description: [
    'Reads the settings of slipway from the environment and tries, one step after the other: the environment itself, the name, TCP, TLS and login of each server, Redis set, get, delete and pub/sub, and the brokers of Kafka. With --topic it writes one message to that topic and reads it back: name one that no service handles.',
    '',
    'A line each, with what it took; under what failed, what to do. It exits with 1 if anything failed, of an optional server too; a disabled one is not tried. What it stores in Redis is deleted again, and goes by itself after a minute. It joins no consumer group of a service.',
  ].join('\n'),
  options: [
    {
      name: 'topic',
      short: 't',
      value: '<name>',
      help: 'Writes a message to this Kafka topic and reads it back.',
    },
    { name: 'only', value: '<server>', help: 'Tries one server alone.', choices: areas },
    {
      name: 'timeout',
      value: '<ms>',
      help: `The longest each step takes, in milliseconds. Default ${defaultTimeoutMs}.`,
    },
    envFileOption,
    { name: 'json', help: 'Prints one JSON document, for programs.' },
  ],
  examples: [
    ['check', 'everything that needs no topic'],
    ['check --topic slipway-check', 'and a message through Kafka'],
    ['check --only redis --json', 'Redis alone, for a program'],
    ['check --env-file .env', 'with the variables of a file'],
  ],
  async run(args, io) {
    const isJson = args.has('json');
    const timeoutMs = readTimeout(args.get('timeout'));
    const topic = readTopic(args.get('topic'));
    const only = args.get('only');
    const environment = readEnvironment(args, io);
    const run = new CheckRun(timeoutMs, (result) => {
      if (!isJson) io.out(textLine(result));
    });
    const settings = checkEnvironment(run, environment, only);
    if (only !== 'kafka') await area(run, 'redis', settings.redis, (redis) => checkRedis(run, redis));
    if (only !== 'redis') await area(run, 'kafka', settings.kafka, (kafka) => checkKafka(run, kafka, topic));
    io.out(isJson ? jsonReport(run) : summary(run));
    return run.isOk ? exitCodes.ok : exitCodes.faults;
  },
};

function readTimeout(text: string | undefined): number {
  if (text === undefined) return defaultTimeoutMs;
  const given = Number(text);
  if (/^\d+$/.test(text) && given >= 1 && given <= longestTimeoutMs) return given;
  throw usageError(
    `--timeout is ${JSON.stringify(text)}, and takes whole milliseconds from 1 to ${longestTimeoutMs}.`,
  );
}

function readTopic(text: string | undefined): string | undefined {
  if (text === undefined || topicName.test(text)) return text;
  throw usageError(`--topic is ${JSON.stringify(text)}, which is no name of a topic.`);
}

/** The settings of each server; without those that are wrong. */
function checkEnvironment(
  run: CheckRun,
  { variables, sourceOf }: Environment,
  only: string | undefined,
): Partial<Pick<Settings, Area>> {
  const own = areas.map((name) => [name, `${name.toUpperCase()}_`] as const);
  const areaOf = (variable: string): Area | undefined =>
    own.find(([, prefix]) => variable.startsWith(prefix))?.[0];
  const isAsked = (variable: string): boolean => {
    const about = areaOf(variable);
    return about === undefined || only === undefined || about === only;
  };
  let env: EnvironmentVariables = variables;
  const wrong = new Set<Area>();
  try {
    const { warnings, service } = loadSettings(env);
    tellWarnings(run, warnings);
    const count = Object.keys(env).filter(
      (name) => areaOf(name) !== undefined && sourceOf(name) !== undefined,
    ).length;
    run.add({
      id: 'environment',
      status: 'ok',
      detail: `${service.serviceName}: ${count} variables of Redis and Kafka are set`,
    });
  } catch (error) {
    if (!SettingsError.is(error)) throw error;
    let asked = 0;
    for (const { variable, got, expected } of error.faults) {
      const about = areaOf(variable);
      if (about !== undefined) wrong.add(about);
      if (!isAsked(variable)) continue;
      asked += 1;
      const detail = got === undefined ? `${variable} is not set` : `${variable} is ${JSON.stringify(got)}`;
      run.add({
        id: 'environment',
        status: 'failed',
        detail,
        fix: `Set it to ${expected}.`,
        code: error.code,
      });
    }
    if (asked === 0)
      run.add({ id: 'environment', status: 'ok', detail: `what is asked of ${only} is right` });
    tellWarnings(run, error.warnings);
    env = withoutFaults(variables, error, wrong);
  }
  const { redis, kafka } = loadSettings(env);
  return { ...(wrong.has('redis') ? {} : { redis }), ...(wrong.has('kafka') ? {} : { kafka }) };
}

/** One wrong variable must not keep the other server from being tried. */
function withoutFaults(
  env: EnvironmentVariables,
  { faults }: SettingsError,
  wrong: ReadonlySet<Area>,
): EnvironmentVariables {
  const faulty = new Set(faults.map(({ variable }) => variable));
  const kept = Object.entries(env).filter(
    ([name]) =>
      !faulty.has(name) &&
      !areas.some((each) => wrong.has(each) && name.startsWith(`${each.toUpperCase()}_`)),
  );
  const left = Object.fromEntries(kept);
  return { ...left, SERVICE_NAME: left['SERVICE_NAME'] ?? 'slipway-check' };
}

function tellWarnings(run: CheckRun, warnings: readonly string[]): void {
  for (const detail of warnings)
    run.add({ id: 'environment', status: 'warning', detail, fix: 'Correct or remove the variable.' });
}

async function area<S extends object>(
  run: CheckRun,
  name: Area,
  settings: S | undefined,
  work: (settings: S) => Promise<void>,
): Promise<void> {
  if (settings === undefined) {
    run.skip([name], 'its settings are wrong');
    return;
  }
  if ('enabled' in settings && settings.enabled === false) {
    run.skip([name], `not checked: ${name.toUpperCase()}_ENABLED is false`);
    return;
  }
  run.isOptional = 'startup' in settings && settings.startup === 'optional';
  try {
    await work(settings);
  } catch (error) {
    const { failed: detail, ...others } = unforeseen(error);
    run.add({ id: name, status: 'failed', detail, ...others });
  } finally {
    run.isOptional = false;
  }
}
