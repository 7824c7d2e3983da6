import { request } from 'node:http';
import { optionalPackage } from '../../errors/optional-package.js';
import type { StartedServer } from './native-servers.js';

// What is used of testcontainers: its own types would make everyone install it.
interface Started {
  getHost(): string;
  getMappedPort(port: number): number;
  stop(): Promise<unknown>;
}
interface Container {
  start(): Promise<Started>;
}
interface RedisModule {
  readonly RedisContainer: new (image: string) => Container;
}
interface KafkaModule {
  readonly KafkaContainer: new (image: string) => Container & { withKraft(): Container };
}

const images = { redis: 'redis:7-alpine', kafka: 'confluentinc/cp-kafka:8.0.0' };
const defaultSocket = '/var/run/docker.sock';

/** Where the engine is asked, and whether it answers. */
async function engine(): Promise<{ readonly address: string; readonly answers: boolean }> {
  const address = process.env['DOCKER_HOST'] ?? `unix://${defaultSocket}`;
  const { protocol, hostname, port, pathname } = new URL(address);
  const target =
    protocol === 'unix:' ? { socketPath: pathname } : { host: hostname, port: Number(port || 2375) };
  const answers = await new Promise<boolean>((resolve) => {
    const asked = request({ ...target, path: '/_ping', timeout: 2_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.once('close', () => resolve(false));
    asked.end();
  });
  return { address, answers };
}

/** A server in a container, or why there is none. */
async function inContainer(
  packageName: string,
  start: (module: unknown) => Promise<Started>,
  addressOf: (started: Started) => string,
): Promise<StartedServer | string> {
  const { address, answers } = await engine();
  if (!answers) return `no container engine answers at ${address}`;
  const load = (): Promise<unknown> => import(packageName);
  const module = await optionalPackage('SLIPWAY_TESTING_SERVERS', packageName, 'SLIPWAY_TEST_REAL=1', load);
  const started = await start(module);
  return {
    address: addressOf(started),
    stop: async () => {
      await started.stop();
    },
  };
}

export function containerRedis(): Promise<StartedServer | string> {
  return inContainer(
    '@testcontainers/redis',
    (module) => new (module as RedisModule).RedisContainer(images.redis).start(),
    (started) => `redis://${started.getHost()}:${started.getMappedPort(6379)}`,
  );
}

export function containerKafka(): Promise<StartedServer | string> {
  return inContainer(
    '@testcontainers/kafka',
    (module) => new (module as KafkaModule).KafkaContainer(images.kafka).withKraft().start(),
    (started) => `${started.getHost()}:${started.getMappedPort(9093)}`,
  );
}
