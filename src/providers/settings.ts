import { Provider } from '../container/provider.js';
import { KafkaSettings, RedisSettings, ServiceSettings } from '../protocols/settings.js';
import type { Settings } from '../settings/load-settings.js';

/** The settings of slipway's own clients, each under its token. */
export function settings(values: Settings) {
  return new Provider('settings')
    .provide(ServiceSettings, { value: values.service })
    .provide(RedisSettings, { value: values.redis })
    .provide(KafkaSettings, { value: values.kafka });
}
