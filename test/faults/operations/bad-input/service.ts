// A service in a process of its own that carries notifications over WebSockets to who names itself.
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  Application,
  Health,
  healthRoutes,
  infrastructure,
  Intake,
  loadSettings,
  nodeScopes,
  Provider,
  RedisPubSubProtocol,
  RequestScopes,
  runApplication,
  Scope,
  unreadableRequests,
  userNotifications,
} from '../../../../src/index.js';

const server = createServer();
const http = new Provider('http').provide(Intake, {
  scope: Scope.APP,
  collect: true,
  inject: [Health, RequestScopes, RedisPubSubProtocol],
  create: (health, scopes, pubsub) => {
    const pages = healthRoutes(health);
    const notifications = userNotifications(
      { pubsub, logger: scopes.logger },
      {
        authenticate: ({ headers }) => /^User (\w+)$/.exec(headers.authorization ?? '')?.[1],
        service: 'notified',
      },
    );
    const others = nodeScopes(scopes, () => {
      throw Object.assign(new Error('nothing here'), { statusCode: 404 });
    });
    return {
      name: 'http',
      open: async () => {
        server.on('request', (request, response) => {
          void pages.node(request, response).then((answered) => {
            if (!answered) others(request, response);
          });
        });
        server.on('clientError', unreadableRequests({ service: 'notified' }));
        notifications.attach(server);
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as { readonly port: number };
        process.stderr.write(`Listening on http://127.0.0.1:${port}\n`);
      },
      close: async () => {
        const closed = once(server, 'close');
        server.close();
        await notifications.close();
        server.closeAllConnections();
        await closed;
      },
    };
  },
});

await runApplication(() => new Application([infrastructure(loadSettings()), http]));
