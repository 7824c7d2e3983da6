import { Provider } from '../container/provider.js';
import { createLoggerFactory } from '../logging/logger-factory.js';
import { loggingOptions } from '../logging/logging-options.js';
import { LoggerFactory } from '../protocols/logger.js';
import { ServiceSettings } from '../protocols/settings.js';
import { Scope } from '../tokens/scope.js';

/**
 * The service's loggers. The end of the application waits until every line is written.
 * @param warnings what reading the settings had to say: logged first.
 */
export function logging(warnings: readonly string[] = []) {
  return new Provider('logging').provide(LoggerFactory, {
    scope: Scope.APP,
    eager: 'if-used',
    inject: [ServiceSettings],
    create: (service) => {
      const factory = createLoggerFactory(loggingOptions(service));
      const logger = factory('settings');
      for (const warning of warnings) logger.warn(warning);
      return factory;
    },
    release: (factory) => factory.flush(),
  });
}
