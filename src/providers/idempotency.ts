import { Provider } from '../container/provider.js';
import { IdempotentReceiver } from '../idempotency/idempotent-receiver.js';
import type { IdempotencySettings } from '../idempotency/options.js';
import { MetricSources } from '../observability/metric-source.js';
import { LoggerFactory } from '../protocols/logger.js';
import { AtomicRedisClientProtocol } from '../protocols/redis.js';
import { ServiceSettings } from '../protocols/settings.js';
import { optional } from '../tokens/derived.js';
import { Scope } from '../tokens/scope.js';

/**
 * The {@link IdempotentReceiver} of the application, for `idempotent(handler)` and for handlers that inject it.
 * @param settings of the service's name and the defaults, where they leave something open.
 */
export function idempotency(settings: Partial<IdempotencySettings> = {}) {
  return new Provider('idempotency').provide(IdempotentReceiver, {
    scope: Scope.APP,
    inject: [AtomicRedisClientProtocol, ServiceSettings, LoggerFactory, optional(MetricSources)],
    create: (redis, { serviceName }, logger, measured) => {
      const receiver = new IdempotentReceiver({ serviceName, ...settings, redis, logger });
      measured?.add(receiver);
      return receiver;
    },
  });
}
