import { Provider } from '../container/provider.js';
import type { EventConsumerSettings } from '../kafka/consumer/consumer-settings.js';
import { RedisClient } from '../redis/redis-client.js';
import type { Settings } from '../settings/load-settings.js';
import { registry } from './events.js';
import { health } from './health.js';
import { kafkaConsumer } from './kafka-consumer.js';
import { kafkaDriver } from './kafka-driver.js';
import { kafka } from './kafka.js';
import { logging } from './logging.js';
import { redis } from './redis.js';
import { requestScopes } from './request-scopes.js';
import { settings } from './settings.js';

export interface InfrastructureOptions {
  /** Of the consumer, over what the environment says: `{ concurrency: 50 }`. */
  readonly consumer?: Partial<EventConsumerSettings>;
}

/**
 * Everything a service needs from slipway, from its settings: `infrastructure(loadSettings())`. A client is opened at
 * start if anything depends on it, and not at all otherwise.
 */
export function infrastructure(values: Settings, { consumer }: InfrastructureOptions = {}) {
  return new Provider('infrastructure').include(
    settings(values),
    logging(values.warnings),
    registry(),
    redis(),
    kafkaDriver(),
    // What publishes last may have read from Redis: Redis closes last.
    kafka({ closesBefore: RedisClient }),
    kafkaConsumer(consumer),
    health(),
    requestScopes(),
  );
}
