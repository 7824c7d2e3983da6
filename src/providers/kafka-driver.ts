import { Provider } from '../container/provider.js';
import type { KafkaDriver } from '../kafka/producer-port.js';
import { resolveDriver } from '../kafka/resolve-driver.js';
import { KafkaSettings } from '../protocols/settings.js';
import { Scope } from '../tokens/scope.js';
import { token } from '../tokens/token.js';

/** What the application's publisher and consumer have in common: with `memory://` they would else not meet. */
export const SharedKafkaDriver = token<KafkaDriver>()('SharedKafkaDriver');

/** The driver that the settings mean, one for the application. Part of `infrastructure`. */
export function kafkaDriver() {
  return new Provider('kafka-driver').provide(SharedKafkaDriver, {
    scope: Scope.APP,
    eager: 'if-used',
    inject: [KafkaSettings],
    create: (settings) => resolveDriver(settings),
  });
}
