// A service in a process of its own: POST /work?id= writes to Redis and publishes; its consumer writes down what it handles.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  Application,
  consume,
  createEnvelope,
  defineEvent,
  EventConsumer,
  events,
  Health,
  healthRoutes,
  infrastructure,
  Intake,
  KafkaBus,
  KafkaPublisherProtocol,
  loadSettings,
  nodeScopes,
  Provider,
  RedisClient,
  RedisClientProtocol,
  RequestScopes,
  runApplication,
  Scope,
  token,
} from '../../../src/index.js';
import { Journal } from './journal.js';

const { WORK_TOPIC: topic = 'work', WORK_JOURNAL: path = '/dev/null', PORT: port = '0' } = process.env;
const journal = new Journal(path);
process.on('uncaughtExceptionMonitor', (error, origin) =>
  journal.note('uncaught', `${origin}: ${error.stack}`),
);
process.on('warning', ({ name, message }) => journal.note('warning', `${name}: ${message}`));

const WorkAccepted = defineEvent('test.work.v1', { topic, schema: z.object({ id: z.string() }), key: 'id' });
const Hanging = token<object>()('Hanging');

/** So that whenever the service is told to stop some events are being handled. */
const handlingMs = 40;

const server = createServer();
const work = new Provider('work')
  .include(
    events([WorkAccepted]),
    consume(
      WorkAccepted,
      ({ data: { id } }, { scope }) =>
        journal.during(['handling', 'handled'], id, async () => {
          const redis = await scope.get(RedisClientProtocol);
          await sleep(handlingMs);
          await redis.set(`${topic}:handled:${id}`, '1');
        }),
      { attempts: 1_000, backoff: { maxMs: 500 } },
    ),
  )
  .provide(Intake, {
    scope: Scope.APP,
    collect: true,
    // Named here, the clients are opened at start.
    inject: [RequestScopes, Health, RedisClientProtocol, KafkaPublisherProtocol],
    create: (scopes, health) => ({
      name: 'http',
      open: async () => {
        const pages = healthRoutes(health);
        const accept = nodeScopes(scopes, async (request, response, scope) => {
          const id = new URL(request.url ?? '/', 'http://localhost').searchParams.get('id') ?? '';
          await journal.during(['answering', 'answered'], id, async () => {
            await (await scope.get(RedisClientProtocol)).set(`${topic}:seen:${id}`, '1');
            const envelope = createEnvelope(WorkAccepted, { id }, { sourceService: 'work' });
            await (await scope.get(KafkaPublisherProtocol)).publishEvent(envelope);
          });
          response.writeHead(200).end();
        });
        server.on('request', (request, response) => {
          response.setHeader('connection', 'close');
          void pages.node(request, response).then((isPage) => {
            if (!isPage) accept(request, response);
          });
        });
        server.listen(Number(port), '127.0.0.1');
        await once(server, 'listening');
        const address = server.address() as { readonly port: number };
        process.stderr.write(`Listening on http://127.0.0.1:${address.port}\n`);
      },
      close: async (signal) => {
        signal.addEventListener('abort', () => server.closeAllConnections());
        const closed = once(server, 'close');
        server.close();
        await closed;
      },
    }),
  })
  .provide(Hanging, {
    scope: Scope.APP,
    when: () => process.env['WORK_HANGS'] === 'true',
    stopTimeoutMs: 500,
    create: () => ({}),
    release: () => new Promise<void>(() => {}),
  });

function watch(name: string, client: { stop(...args: readonly unknown[]): Promise<void> }): void {
  const stop = client.stop.bind(client);
  client.stop = (...args) => {
    // Only those that depend on a client may have been doing something in the turn in which it closes to them.
    if (name === 'consumer') setImmediate(() => journal.note('intake-closed', name));
    return journal.during(['closing', 'closed'], name, () => stop(...args));
  };
}

await runApplication(() => new Application([infrastructure(loadSettings()), work]), {
  onStarted: (app) => {
    watch('consumer', app.getSync(EventConsumer));
    watch('kafka', app.getSync(KafkaBus));
    watch('redis', app.getSync(RedisClient));
  },
});
