import { SlipwayError } from '../../errors/slipway-error.js';
import { describeError } from '../../errors/describe.js';
import { serversError } from '../testing-errors.js';
import type { TestServers } from '../test-servers.js';
import { containerKafka, containerRedis } from './container-servers.js';
import { nativeKafka, nativeRedis, type StartedServer } from './native-servers.js';

export type ServerName = 'kafka' | 'redis';

interface Server {
  readonly title: string;
  /** Where its address may be given. */
  readonly variable: string;
  readonly native: () => Promise<StartedServer | string>;
  readonly container: () => Promise<StartedServer | string>;
  /** What to install for each of the two. */
  readonly hints: readonly [native: string, container: string];
}

const servers: Readonly<Record<ServerName, Server>> = {
  redis: {
    title: 'Redis',
    variable: 'SLIPWAY_TEST_REDIS_URL',
    native: nativeRedis,
    container: containerRedis,
    hints: ['install redis-server', 'start a container engine and install @testcontainers/redis'],
  },
  kafka: {
    title: 'Kafka',
    variable: 'SLIPWAY_TEST_KAFKA',
    native: nativeKafka,
    container: containerKafka,
    hints: [
      'set KAFKA_HOME to an Apache Kafka of version 3.9 or later',
      'start a container engine and install @testcontainers/kafka',
    ],
  },
};

/** By this process. */
const started = new Map<ServerName, Promise<StartedServer>>();

/**
 * The switch: SLIPWAY_TEST_REAL=1 puts test applications on real servers; without it, empty or `0` they are in memory.
 * @throws SlipwayError SLIPWAY_TESTING_SERVERS for any other value, which may mean either.
 */
export function wantedServers(): TestServers {
  const wanted = process.env['SLIPWAY_TEST_REAL'] ?? '';
  if (wanted === '1') return 'real';
  if (wanted === '' || wanted === '0') return 'memory';
  throw serversError(
    `SLIPWAY_TEST_REAL is ${JSON.stringify(wanted)}: give it 1 for real servers, 0 or nothing for those in memory.`,
  );
}

/**
 * The address of a real server: the one that the environment names, else that of one which this process starts when it is
 * first asked for, and which ends with it.
 * @throws SlipwayError SLIPWAY_TESTING_SERVERS if there is none, with the ways to have one.
 */
export async function addressOf(name: ServerName): Promise<string> {
  const { variable } = servers[name];
  const given = process.env[variable] ?? '';
  if (given !== '') return checked(name, given);
  let server = started.get(name);
  if (server === undefined) {
    server = start(servers[name]);
    started.set(name, server);
    // Asked for again, it is tried again.
    server.catch(() => started.delete(name));
  }
  return (await server).address;
}

function checked(name: ServerName, address: string): string {
  if (name === 'kafka' || /^rediss?:\/\//.test(address)) return address;
  throw serversError('SLIPWAY_TEST_REDIS_URL has to be redis:// or rediss://: tests share one server.');
}

async function start({ title, variable, native, container, hints }: Server): Promise<StartedServer> {
  const reasons: string[] = [];
  for (const way of [native, container]) {
    try {
      const found = await way();
      if (typeof found !== 'string') return found;
      reasons.push(found);
    } catch (error) {
      reasons.push(SlipwayError.is(error) ? error.rawMessage : describeError(error));
    }
  }
  const ways = [
    `give its address in ${variable}`,
    ...hints.map((hint, index) => `${hint} (${reasons[index]})`),
  ];
  throw serversError(
    `SLIPWAY_TEST_REAL=1 found no ${title}. There are three ways:\n${ways.map((way) => `  - ${way}`).join('\n')}`,
  );
}

export interface SharedServerOptions {
  /** Default: both. */
  readonly servers?: readonly ServerName[];
}

/** Global fixtures of mocha, as `--require` takes them. */
export interface SharedServers {
  readonly mochaGlobalSetup: () => Promise<void>;
  readonly mochaGlobalTeardown: () => Promise<void>;
}

/**
 * Global fixtures that start the real servers which are not given, once for a run and before its parallel workers, which
 * then share them. They do nothing unless SLIPWAY_TEST_REAL is `1`. In a file that `.mocharc` requires:
 *
 *     export const { mochaGlobalSetup, mochaGlobalTeardown } = sharedServers();
 *
 * @throws SlipwayError SLIPWAY_TESTING_SERVERS from the setup, if one is neither given nor to be had.
 */
export function sharedServers({
  servers: names = ['redis', 'kafka'],
}: SharedServerOptions = {}): SharedServers {
  return {
    mochaGlobalSetup: async () => {
      if (wantedServers() !== 'real') return;
      const addresses = await Promise.all(names.map((name) => addressOf(name)));
      // Workers have the environment of this process.
      for (const [index, name] of names.entries()) process.env[servers[name].variable] = addresses[index];
    },
    mochaGlobalTeardown: async () => {
      const all = await Promise.allSettled(started.values());
      started.clear();
      const running = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      await Promise.all(running.map((server) => server.stop()));
    },
  };
}
