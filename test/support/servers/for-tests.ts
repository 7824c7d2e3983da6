import { relative, sep } from 'node:path';
import { projectRoot } from '../project-root.js';
import { CannotInstall, commandOf, installCommand } from './install.js';
import { startKafka } from './kafka-server.js';
import { startRedis } from './redis-server.js';
import type { RunningServer } from './server-process.js';

/** What suites may need of the machine; a browser counts as a server. */
type ServerName = 'redis' | 'kafka' | 'chromium';

interface ServerOfTests {
  /** Where tests find it. A value that is set already is used, and nothing is started. */
  readonly variable: string;
  readonly start: () => Promise<{ readonly server?: RunningServer; readonly address: string }>;
}

/** Sessions may be short, and rules may forbid what all may do without one. */
const kafkaProperties = {
  'group.min.session.timeout.ms': '1000',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
};

const servers: Readonly<Record<ServerName, ServerOfTests>> = {
  redis: {
    variable: 'SLIPWAY_TEST_REDIS_URL',
    start: async () => {
      const server = await startRedis();
      return { server, address: server.url };
    },
  },
  kafka: {
    variable: 'SLIPWAY_TEST_KAFKA',
    start: async () => {
      const server = await startKafka({ properties: kafkaProperties });
      return { server, address: server.bootstrapServers };
    },
  },
  chromium: {
    variable: 'SLIPWAY_TEST_CHROMIUM',
    start: async () => ({ address: await commandOf('chromium') }),
  },
};

function isServerName(word: string): word is ServerName {
  return word in servers;
}

/**
 * The servers a test file needs, by where it lies: `test/integration/redis/...` needs Redis, `test/contract/kafka/...`
 * needs Kafka, `test/integration/chromium/...` needs the browser; other folders of these two need Redis and Kafka.
 * Everything else needs none.
 */
export function serversNeeded(file: string): readonly ServerName[] {
  const folders = relative(projectRoot, file).split(sep);
  const test = folders.indexOf('test');
  const [kind, area = ''] = folders.slice(test + 1);
  if (test === -1 || (kind !== 'integration' && kind !== 'contract')) return [];
  return isServerName(area) ? [area] : ['redis', 'kafka'];
}

/** A suite that could not run on this machine. */
interface SuiteLeftOut {
  readonly title: string;
  readonly file: string;
  readonly tests: number;
}

const running: RunningServer[] = [];
const missing = new Map<ServerName, CannotInstall>();
const leftOut: SuiteLeftOut[] = [];

async function startOne(name: ServerName): Promise<void> {
  const { variable, start } = servers[name];
  if ((process.env[variable] ?? '') !== '') return;
  try {
    const { server, address } = await start();
    if (server !== undefined) running.push(server);
    process.env[variable] = address;
  } catch (error) {
    // A machine of a user may lack a server; one that is installed and does not start is an error everywhere.
    if (!(error instanceof CannotInstall) || process.env['CI'] === 'true') throw error;
    missing.set(name, error);
  }
}

/**
 * Starts the servers that the selected suites need. Suites whose server cannot be had here are taken out of the run
 * and named by {@link suitesLeftOut}; with `CI=true` that is an error instead.
 */
export async function startServersOfTests(root: Mocha.Suite, isSelected: (suite: Mocha.Suite) => boolean) {
  const needs = (suite: Mocha.Suite): readonly ServerName[] =>
    isSelected(suite) ? serversNeeded(suite.file ?? '') : [];
  const outcomes = await Promise.allSettled([...new Set(root.suites.flatMap(needs))].map(startOne));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stopServersOfTests();
    throw failed.reason;
  }
  root.suites = root.suites.filter((suite) => {
    if (!needs(suite).some((name) => missing.has(name))) return true;
    leftOut.push({
      title: suite.title,
      file: relative(projectRoot, suite.file ?? '')
        .replace(/^build\//, '')
        .replace(/\.js$/, '.ts'),
      tests: suite.total(),
    });
    return false;
  });
}

export async function stopServersOfTests(): Promise<void> {
  await Promise.all(running.splice(0).map((server) => server[Symbol.asyncDispose]()));
}

/** What did not run, why, and the one command that would make it run; undefined where all ran. */
export function suitesLeftOut(): string | undefined {
  if (leftOut.length === 0) return undefined;
  const reasons = [...missing].map(([name, error]) => `  ${name}: ${error.message}`);
  const suites = leftOut.map(({ file, title, tests }) => `  ${file}: ${title} (tests: ${tests})`);
  const packages = [...new Set([...missing.values()].flatMap((error) => error.packages))].toSorted();
  const install = packages.length === 0 ? [] : [installCommand(packages)];
  return [
    'NOT RUN, for want of a server:',
    ...reasons,
    'These suites need it:',
    ...suites,
    'To run them:',
    `  ${[...install, 'npm test'].join(' && ')}`,
  ].join('\n');
}
