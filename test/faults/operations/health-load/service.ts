// A service in a process of its own that needs Redis and answers the pages of health.
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  Application,
  Health,
  healthRoutes,
  infrastructure,
  Intake,
  loadSettings,
  Provider,
  RedisClientProtocol,
  runApplication,
  Scope,
} from '../../../../src/index.js';
import { measureProcess } from './figures.js';

const tellFigures = measureProcess();
// No connection is closed between two slices, while its client sends on it.
const server = createServer({ keepAliveTimeout: 600_000 });
const http = new Provider('http').provide(Intake, {
  scope: Scope.APP,
  collect: true,
  // Named here, Redis is opened at start.
  inject: [Health, RedisClientProtocol],
  create: (health) => {
    const pages = [healthRoutes(health), healthRoutes(health, { prefix: '' })];
    return {
      name: 'http',
      open: async () => {
        server.on('request', (request, response) => {
          if (tellFigures(request, response)) return;
          void (async () => {
            for (const { node } of pages) if (await node(request, response)) return;
            response.writeHead(404).end();
          })();
        });
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as { readonly port: number };
        process.stderr.write(`Listening on http://127.0.0.1:${port}\n`);
      },
      close: async () => {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      },
    };
  },
});

await runApplication(() => new Application([infrastructure(loadSettings()), http]));
