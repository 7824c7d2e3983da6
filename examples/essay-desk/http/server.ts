import websocket from '@fastify/websocket';
import { type FastifyInstance, fastify } from 'fastify';
import {
  all,
  Component,
  Intake,
  LoggerFactory,
  Provider,
  RedisPubSubProtocol,
  Scope,
  ScopeRunner,
  ServiceSettings,
  token,
} from '../../../src/index.js';
import { DeskSettings } from '../settings.js';
import { Connections } from './connections.js';
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
const silentMs = 500;

/** The HTTP server. It listens once the whole desk is up, and is the first to be closed. */
export function http() {
  return new Provider('http')
    .provide(HttpServer, {
      scope: Scope.APP,
      inject: [ScopeRunner, RedisPubSubProtocol, all(Component), ServiceSettings, LoggerFactory],
      create: async (scopes, pubsub, components, { serviceName }, createLogger) => {
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
        return server;
      },
      // Nothing is left to be closed but where it never listened.
      release: (server) => server.close(),
    })
    .provide(Intake, {
      scope: Scope.APP,
      collect: true,
      inject: [HttpServer, DeskSettings],
      create: (server, { host, port }) => intakeOf(server, { host, port }),
    });
}

function intakeOf(server: HttpServer, address: { readonly host: string; readonly port: number }): Intake {
  const connections = new Connections(server.server);
  return {
    name: 'http',
    open: async () => {
      await server.listen(address);
    },
    close: async (signal) => {
      // Fastify does so only after its WebSockets have gone.
      server.server.close();
      signal.addEventListener('abort', connections.cutAll);
      const cutSilent = setInterval(() => connections.cutSilent(), silentMs);
      await server.close();
      clearInterval(cutSilent);
      signal.removeEventListener('abort', connections.cutAll);
    },
  };
}
