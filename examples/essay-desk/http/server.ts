import websocket from '@fastify/websocket';
import { type FastifyInstance, fastify } from 'fastify';
import {
  all,
  Component,
  LoggerFactory,
  Provider,
  RedisPubSubProtocol,
  Scope,
  ScopeRunner,
  ServiceSettings,
  token,
} from '../../../src/index.js';
import { DeskSettings } from '../settings.js';
import { handleErrors } from './errors.js';
import { essayRoutes } from './essay-routes.js';
import { healthRoutes } from './health-routes.js';
import { LiveUpdates } from './live-updates.js';
import { liveRoutes } from './live-routes.js';
import { loadPage } from './page.js';
import { pageRoutes } from './page-routes.js';
import { problemOf, sendProblem } from './problem.js';
import { answerUnreadable } from './unreadable.js';

export type HttpServer = FastifyInstance;
export const HttpServer = token<HttpServer>()('HttpServer');

/** How long connections on which nothing is asked, such as those that browsers open in advance, hold up the stop. */
const closeTimeoutMs = 500;

/** The HTTP server. It depends on the clients, so that it is started after them and stopped before. */
export function http() {
  return new Provider('http').provide(HttpServer, {
    scope: Scope.APP,
    inject: [ScopeRunner, RedisPubSubProtocol, all(Component), ServiceSettings, DeskSettings, LoggerFactory],
    create: async (scopes, pubsub, components, { serviceName }, { host, port }, createLogger) => {
      const logger = createLogger('http');
      const redis = components.find(({ name }) => name === 'redis');
      const live = new LiveUpdates(pubsub, redis, logger);
      const server = fastify({
        bodyLimit: 1024 * 1024,
        requestTimeout: 10_000,
        return503OnClosing: false,
        clientErrorHandler: (error, socket) => answerUnreadable(error, socket, serviceName),
        frameworkErrors: (error, request, reply) => {
          void sendProblem(request, reply, problemOf(error));
        },
      });
      server.decorate('serviceName', serviceName);
      const answerError = handleErrors(server, logger);
      await server.register(websocket, { options: { maxPayload: 4096 }, preClose: () => live.close() });
      essayRoutes(server, scopes, answerError);
      healthRoutes(server, components, serviceName);
      liveRoutes(server, live);
      pageRoutes(server, await loadPage());
      try {
        await server.listen({ host, port });
      } catch (error) {
        await server.close();
        throw error;
      }
      return server;
    },
    release: closeServer,
  });
}

async function closeServer(server: HttpServer): Promise<void> {
  const force = setTimeout(() => server.server.closeAllConnections(), closeTimeoutMs);
  await server.close();
  clearTimeout(force);
}
