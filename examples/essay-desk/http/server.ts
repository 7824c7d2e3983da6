import { type FastifyInstance, fastify } from 'fastify';
import {
  fastifyErrors,
  fastifyNotFound,
  fastifyScopes,
  Health,
  healthRoutes,
  httpIntake,
  Intake,
  LoggerFactory,
  Metrics,
  metricsRoute,
  Provider,
  RedisPubSubProtocol,
  RequestScopes,
  Scope,
  ServiceSettings,
  token,
  unreadableRequests,
  type UserNotifications,
  userNotifications,
} from '../../../src/index.js';
import { DeskError } from '../desk-error.js';
import { DeskSettings } from '../settings.js';
import { essayRoutes } from './essay-routes.js';
import { notificationRoutes, userOf } from './notifications.js';
import { pageRoutes } from './page-routes.js';

export type HttpServer = FastifyInstance;
export const HttpServer = token<HttpServer>()('HttpServer');
const Notifications = token<UserNotifications>()('Notifications');

/** The desk's own errors are made to be shown. */
function problemOf(error: unknown): DeskError | undefined {
  return error instanceof DeskError ? error : undefined;
}

/** The HTTP server. It listens once the whole desk is up, and is the first to be closed. */
export function http() {
  return new Provider('http')
    .provide(HttpServer, {
      scope: Scope.APP,
      inject: [RequestScopes, Health, Metrics, ServiceSettings, LoggerFactory],
      create: async (scopes, health, metrics, { serviceName: service }, createLogger) => {
        const problems = { service, logger: createLogger('http'), problemOf };
        const server = fastify({
          bodyLimit: 1024 * 1024,
          requestTimeout: 10_000,
          return503OnClosing: false,
          clientErrorHandler: unreadableRequests(problems),
          frameworkErrors: fastifyErrors(problems),
        });
        server.setErrorHandler(fastifyErrors(problems));
        server.setNotFoundHandler(fastifyNotFound(problems));
        await server.register(healthRoutes(health, { routes: [metricsRoute(metrics)] }).fastify);
        await server.register(pageRoutes);
        await server.register(notificationRoutes);
        // A context of its own: what does not stand in it is answered without a scope.
        await server.register(async (routes) => {
          await routes.register(fastifyScopes(scopes));
          essayRoutes(routes, problems.logger);
        });
        return server;
      },
      // Nothing is left to be closed but where it never listened.
      release: (server) => server.close(),
    })
    .provide(Notifications, {
      scope: Scope.APP,
      inject: [RedisPubSubProtocol, ServiceSettings, LoggerFactory],
      create: (pubsub, { serviceName: service }, createLogger) =>
        userNotifications(
          { pubsub, logger: createLogger('notifications') },
          { authenticate: userOf, service, problemOf },
        ),
    })
    .provide(Intake, {
      scope: Scope.APP,
      collect: true,
      inject: [HttpServer, Notifications, DeskSettings],
      create: (server, notifications, { host, port }) => httpIntake(server, { host, port, notifications }),
    });
}
