import { randomUUID } from 'node:crypto';
import type { RedisClientSettings } from '../../redis/endpoint.js';
import type { MemoryRedisFaults } from '../../redis/memory/memory-redis-faults.js';
import type { MemoryRedisServer } from '../../redis/memory/memory-redis-server.js';
import { forgetMemoryRedis, memoryRedis as namedServer } from '../../redis/memory/registry.js';
import { RedisClient } from '../../redis/redis-client.js';
import type { RedisPubSub } from '../../redis/redis-pubsub.js';
import { noteServer } from '../leaks/running.js';
import { holdRealTicks } from '../real-ticks.js';

/** Of a client on a memory server. */
export type MemoryRedisSettings = Partial<Omit<RedisClientSettings, 'url'>>;

/** The client that runs in production, on a Redis server of its own in this process. */
export interface MemoryRedis extends AsyncDisposable {
  /** Started. It stands for RedisClientProtocol and AtomicRedisClientProtocol. */
  readonly client: RedisClient;
  /** It stands for RedisPubSubProtocol. */
  readonly pubsub: RedisPubSub;
  /** The data, and scripts' twins. */
  readonly server: MemoryRedisServer;
  /** Refused and cut connections, lost replies, a stalled or read-only server. */
  readonly faults: MemoryRedisFaults;
  /** Another client of the same server, not started; it is stopped with all of this. */
  readonly createClient: (settings?: MemoryRedisSettings) => RedisClient;
  /** Moves the server's clock on: times to live run out so many milliseconds earlier. It follows `Date` besides. */
  advance(ms: number): void;
}

/**
 * A Redis for a test: `await using redis = await memoryRedis()`.
 * @param settings of the client, as its deadline.
 */
export async function memoryRedis(settings: MemoryRedisSettings = {}): Promise<MemoryRedis> {
  const name = `test-${randomUUID()}`;
  const server = namedServer(name);
  const clients: RedisClient[] = [];
  const createClient = (more: MemoryRedisSettings = {}): RedisClient => {
    const client = new RedisClient({ clientId: 'memory-redis', ...more, url: `memory://${name}` });
    clients.push(client);
    return client;
  };
  const client = createClient(settings);
  const letGo = holdRealTicks();
  try {
    await client.start();
  } catch (error) {
    forgetMemoryRedis(name);
    letGo();
    throw error;
  }
  const close = noteServer('memoryRedis()');
  return {
    client,
    pubsub: client.pubsub,
    server,
    faults: server.faults,
    createClient,
    advance: (ms) => server.clock.advance(ms),
    [Symbol.asyncDispose]: async () => {
      forgetMemoryRedis(name);
      await Promise.all(clients.map((one) => one.stop()));
      letGo();
      close();
    },
  };
}
