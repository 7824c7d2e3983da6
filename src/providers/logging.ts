import { Provider } from '../container/provider.js';
import { createLoggerFactory } from '../logging/logger-factory.js';
import { LoggerFactory } from '../protocols/logger.js';
import { ServiceSettings } from '../protocols/settings.js';
import { Scope } from '../tokens/scope.js';

/** The service's loggers. The end of the application waits until every line is written. */
export function logging() {
  return new Provider('logging').provide(LoggerFactory, {
    scope: Scope.APP,
    eager: 'if-used',
    inject: [ServiceSettings],
    create: ({ serviceName, logLevel, logFormat }) =>
      createLoggerFactory({ service: serviceName, level: logLevel, format: logFormat }),
    release: (factory) => factory.flush(),
  });
}
