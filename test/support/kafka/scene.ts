import { KafkaBus, type KafkaBusSettings } from '../../../src/index.js';
import { KafkaWireDouble } from './kafka-wire-double.js';
import type { WireDoubleOptions } from './wire-faults.js';

export interface Scene extends AsyncDisposable {
  readonly double: KafkaWireDouble;
  readonly bus: KafkaBus;
}

/** A started bus on a wire double with a topic `events` of two partitions. */
export async function scene(
  options: WireDoubleOptions,
  settings: Partial<KafkaBusSettings> = {},
): Promise<Scene> {
  const double = await KafkaWireDouble.start({ topics: { events: 2 }, ...options });
  const bus = new KafkaBus({
    clientId: 'test',
    bootstrapServers: double.bootstrapServers,
    retryBackoffMs: 20,
    drainTimeoutMs: 300,
    ...settings,
  });
  await bus.start();
  return {
    double,
    bus,
    async [Symbol.asyncDispose]() {
      await bus.stop();
      await double[Symbol.asyncDispose]();
    },
  };
}
