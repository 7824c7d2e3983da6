import type { MemoryRedisFaults } from '../../redis/memory/memory-redis-faults.js';
import type { MemoryRedisServer } from '../../redis/memory/memory-redis-server.js';
import { RedisClient } from '../../redis/redis-client.js';
import type { RedisPubSub } from '../../redis/redis-pubsub.js';
import type { RedisClientSettings } from '../../redis/endpoint.js';
import { noteServer } from '../leaks/running.js';
import { holdRealTicks } from '../real-ticks.js';
import { serversError } from '../testing-errors.js';

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
  /** Moves the server's clock on: times to live run out so many milliseconds earlier. It follows `Date` besides. */
  advance(ms: number): void;
}

/**
 * A Redis for a test: `await using redis = await memoryRedis()`.
 * @param settings of the client, as its deadline.
 */
export async function memoryRedis(
  settings: Partial<Omit<RedisClientSettings, 'url'>> = {},
): Promise<MemoryRedis> {
  const client = new RedisClient({ clientId: 'memory-redis', ...settings, url: 'memory://' });
  const server = client.memory ?? missing();
  const letGo = holdRealTicks();
  try {
    await client.start();
  } catch (error) {
    letGo();
    throw error;
  }
  const close = noteServer('memoryRedis()');
  return {
    client,
    pubsub: client.pubsub,
    server,
    faults: server.faults,
    advance: (ms) => server.clock.advance(ms),
    [Symbol.asyncDispose]: async () => {
      await client.stop();
      letGo();
      close();
    },
  };
}

function missing(): never {
  throw serversError('memory:// gave no embedded server.');
}
