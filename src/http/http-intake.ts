import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Intake } from '../protocols/intake.js';
import { Connections } from './connections.js';
import type { UserNotifications } from './user-notifications.js';

export interface HttpIntakeOptions {
  /** The address to listen on: `127.0.0.1` for this machine alone, `0.0.0.0` for all. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Their WebSockets are taken on this server, and closed before it is. */
  readonly notifications?: UserNotifications;
  /** Stands in events and errors. Default `http`. */
  readonly name?: string;
}

// What is used of Fastify: its own types would make everyone install it.
interface FastifyLike {
  readonly server: Server;
  listen(address: { readonly host: string; readonly port: number }): Promise<unknown>;
  close(): PromiseLike<unknown>;
}

/** How long connections on which nothing came yet, such as browsers open in advance, hold up the stop. */
const silentMs = 500;

/**
 * An HTTP server as an intake: it listens once the whole application is up, and is the first to be closed. Then it takes no
 * connection any more, answers what was asked, and ends connections that nothing is asked on.
 *
 *     .provide(Intake, {
 *       scope: Scope.APP,
 *       collect: true,
 *       inject: [HttpServer],
 *       create: (server) => httpIntake(server, { host: '0.0.0.0', port: 3000 }),
 *     })
 *
 * @param server of node:http (for Express: `createServer(express)`), or a Fastify instance, which is closed by its own
 * `close()`.
 */
export function httpIntake(server: Server | FastifyLike, options: HttpIntakeOptions): Intake {
  const { host, port, notifications, name = 'http' } = options;
  const listener = 'server' in server ? server.server : server;
  const connections = new Connections(listener);
  return {
    name,
    open: async () => {
      notifications?.attach(listener);
      if ('server' in server) await server.listen({ host, port });
      else {
        server.listen({ host, port });
        await once(server, 'listening');
      }
    },
    close: async (signal) => {
      // Where it failed to open there is nothing to be waited for.
      const closed = listener.listening ? once(listener, 'close') : undefined;
      listener.close();
      connections.close();
      signal.addEventListener('abort', connections.cutAll);
      if (signal.aborted) connections.cutAll();
      const cutSilent = setInterval(() => connections.cutSilent(), silentMs);
      try {
        await Promise.all([notifications?.close(), closed, 'server' in server ? server.close() : undefined]);
      } finally {
        clearInterval(cutSilent);
        signal.removeEventListener('abort', connections.cutAll);
      }
    },
  };
}
