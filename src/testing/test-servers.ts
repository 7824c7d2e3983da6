import { randomBytes } from 'node:crypto';
import type { DecorateOptions } from '../container/provider.js';
import { type AnyProvider, Provider } from '../container/provider.js';
import type { KafkaDriver } from '../kafka/producer-port.js';
import { resolveDriver } from '../kafka/resolve-driver.js';
import { EventConsumer } from '../kafka/consumer/event-consumer.js';
import { MemoryDriver } from '../kafka/drivers/memory/memory-driver.js';
import type { MemoryKafka } from '../kafka/drivers/memory/memory-kafka.js';
import { KafkaBus } from '../kafka/kafka-bus.js';
import { KafkaSettings, RedisSettings } from '../protocols/settings.js';
import { SharedKafkaDriver } from '../providers/kafka-driver.js';
import type { MemoryRedisServer } from '../redis/memory/memory-redis-server.js';
import { RedisClient } from '../redis/redis-client.js';
import type { Token } from '../tokens/token.js';
import { PrefixingProxy } from './real/prefixing-proxy.js';
import { addressOf } from './real/real-servers.js';
import { TrackedDriver } from './tracking/tracked-driver.js';
import type { Tracker } from './tracking/tracker.js';

/**
 * Where the clients of a test application connect:
 * - `memory`: to servers in the process, each application to its own.
 * - `real`: to the servers that the environment names or the machine has, under names of its own.
 * - `settings`: to those of the settings, as they are given.
 */
export type TestServers = 'memory' | 'real' | 'settings';

/** What is learned of the servers while the application is built. */
export interface ServersInUse {
  /** Of the Redis in this process: all clients that are made of the application's settings share it. */
  readonly redisName: string;
  kafka: MemoryKafka | undefined;
  redis: MemoryRedisServer | undefined;
}

/** Tests do not wait as services do: whatever is tried again is tried at once. */
const quick = { retryBackoffMs: 5, backoff: { minMs: 1, maxMs: 10, jitter: 0 } };

/**
 * Decorators that put the clients of `providers` on other servers, and that listen to them. They are as lazy as what
 * they wrap: a client that nothing uses is not built.
 */
export function onTestServers(
  providers: readonly AnyProvider[],
  servers: TestServers,
  tracker: Tracker,
  inUse: ServersInUse,
): AnyProvider {
  const provided = new Set(providers.flatMap(({ factories }) => factories.map((factory) => factory.token)));
  const provider = new Provider('test-servers');
  const wrap = <T>(key: Token<T>, create: (inner: T) => T | Promise<T>): void => {
    if (!provided.has(key)) return;
    const options: DecorateOptions<T, [], T | Promise<T>> & { readonly eager: 'if-used' } = {
      eager: 'if-used',
      create,
    };
    provider.decorate<T, string, T | Promise<T>>(key, options);
  };
  const isReal = servers === 'real';
  const prefix = isReal ? `t${randomBytes(6).toString('hex')}.` : '';
  if (servers !== 'settings') {
    const on = (address: string, settings: KafkaSettings): KafkaSettings => ({
      ...settings,
      ...quick,
      bootstrapServers: address.split(','),
      // A test publishes when its application is up, not when its consumer has joined.
      autoOffsetReset: 'earliest' as const,
    });
    if (isReal) wrap(KafkaSettings, async (settings) => on(await addressOf('kafka'), settings));
    else wrap(KafkaSettings, (settings) => on('memory://', settings));
    if (!isReal) wrap(RedisSettings, (settings) => at(`memory://${inUse.redisName}`, settings));
    else if (provided.has(RedisSettings)) provider.decorate(RedisSettings, ownPart(prefix));
  }
  const track = (driver: KafkaDriver): KafkaDriver => {
    if (driver instanceof MemoryDriver) inUse.kafka = driver.cluster;
    return new TrackedDriver(driver, prefix, tracker);
  };
  // Also with the settings, so that clients which a service makes of them are on the same servers and followed too.
  let shared: KafkaDriver | undefined;
  wrap(KafkaSettings, (settings) => {
    shared = track(resolveDriver(settings));
    return { ...settings, driver: shared as never };
  });
  wrap(SharedKafkaDriver, (driver) => (shared ??= track(driver)));
  wrap(KafkaBus, (bus) => {
    tracker.buses.add(bus);
    return bus;
  });
  wrap(EventConsumer, (consumer) => {
    tracker.consumers.add(consumer);
    return consumer;
  });
  wrap(RedisClient, (client) => {
    inUse.redis = client.memory;
    listenToNotifications(client, tracker);
    return client;
  });
  return provider;
}

function at(url: string, settings: RedisSettings): RedisSettings {
  const { tls: _tls, sentinelPassword: _password, ...others } = settings;
  return { ...others, url };
}

/** A part of a real server: closed, and emptied, when those who use it have gone. */
function ownPart(prefix: string) {
  return {
    // Not built where nothing uses it.
    ...({ eager: 'if-used' } as object),
    async *create(settings: RedisSettings): AsyncGenerator<RedisSettings, void> {
      await using proxy = await PrefixingProxy.open(await addressOf('redis'), prefix);
      yield at(proxy.url, settings);
      await using redis = new RedisClient({ clientId: 'slipway-test', url: proxy.url });
      await redis.start();
      const left = await redis.scanPattern('*');
      if (left.length > 0) await redis.delete(...left);
    },
  };
}

/** Everything the client publishes goes through its pub/sub. */
function listenToNotifications({ pubsub }: RedisClient, tracker: Tracker): void {
  const publish = pubsub.publish.bind(pubsub);
  pubsub.publish = async (channel, message) => {
    const receivers = await publish(channel, message);
    tracker.notified(channel, message, receivers);
    return receivers;
  };
}
