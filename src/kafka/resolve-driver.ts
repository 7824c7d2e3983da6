import type { KafkaSecuritySettings } from '../protocols/kafka-security.js';
import { kafkaConnection } from './connection.js';
import { KafkaJsDriver } from './drivers/kafkajs/kafkajs-driver.js';
import { MemoryDriver } from './drivers/memory/memory-driver.js';
import { MemoryKafka } from './drivers/memory/memory-kafka.js';
import type { KafkaDriverName } from '../protocols/settings.js';
import { PlatformaticDriver } from './drivers/platformatic/platformatic-driver.js';
import type { KafkaDriver } from './producer-port.js';
import { settingsError } from './settings-error.js';

const defaultServers = 'kafka:9092';
const memoryScheme = 'memory://';
const address = /^[^\s:/@]+:\d{1,5}$/;

/** All that says how to reach Kafka. `KafkaSettings` fits. */
export interface DriverSettings extends KafkaSecuritySettings {
  readonly bootstrapServers?: string | readonly string[];
  readonly driver?: KafkaDriverName;
}

/**
 * The driver that addresses mean: `memory://` a cluster of its own, `memory://name` the one of that name in this
 * process, all else the driver of that name.
 * @throws SlipwayError SLIPWAY_KAFKA_SETTINGS for anything that is no `host:port`, and security settings that do not fit.
 */
export function resolveDriver(settings: DriverSettings): KafkaDriver {
  const { bootstrapServers = defaultServers, driver = 'kafkajs' } = settings;
  const list = typeof bootstrapServers === 'string' ? bootstrapServers.split(',') : bootstrapServers;
  const servers = list.map((server) => server.trim()).filter((server) => server !== '');
  const [first] = servers;
  if (first === undefined) throw settingsError('bootstrapServers is empty', 'Give host:port, or memory://.');
  if (first.startsWith(memoryScheme)) {
    if (servers.length > 1) throw settingsError('memory:// stands among other servers', 'Give it alone.');
    const cluster = first.slice(memoryScheme.length);
    return new MemoryDriver(cluster === '' ? new MemoryKafka() : MemoryKafka.shared(cluster), first);
  }
  const wrong = servers.find((server) => !address.test(server));
  if (wrong !== undefined) {
    throw settingsError(`"${wrong}" in bootstrapServers is no address`, 'Give host:port, or memory://.');
  }
  const connection = kafkaConnection(servers, settings);
  return driver === 'platformatic' ? new PlatformaticDriver(connection) : new KafkaJsDriver(connection);
}
