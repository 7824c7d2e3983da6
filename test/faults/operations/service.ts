// A service in a process of its own: POST /work?id= writes to Redis and publishes; its consumer writes down what it handles.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';
import {
  Application,
  consume,
  createEnvelope,
  defineEvent,
  events,
  Health,
  httpStatusOf,
  infrastructure,
  Intake,
  KafkaPublisherProtocol,
  loadSettings,
  Provider,
  RedisClientProtocol,
  runApplication,
  Scope,
  ScopeRunner,
} from '../../../src/index.js';

const topic = process.env['WORK_TOPIC'] ?? 'work';
const WorkAccepted = defineEvent('test.work.v1', { topic, schema: z.object({ id: z.string() }), key: 'id' });

const server = createServer();
const work = new Provider('work')
  .include(
    events([WorkAccepted]),
    consume(
      WorkAccepted,
      async ({ data }, { scope }) => {
        const redis = await scope.get(RedisClientProtocol);
        await redis.set(`${topic}:handled:${data.id}`, '1');
      },
      { attempts: 1_000, backoff: { maxMs: 500 } },
    ),
  )
  .provide(Intake, {
    scope: Scope.APP,
    collect: true,
    inject: [ScopeRunner, Health],
    create: (scopes, health) => ({
      name: 'http',
      open: async () => {
        server.on('request', (request, response) => {
          void answer(request, response, scopes, health);
        });
        server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as { readonly port: number };
        process.stderr.write(`Listening on http://127.0.0.1:${port}\n`);
      },
      close: async (signal) => {
        signal.addEventListener('abort', () => server.closeAllConnections());
        const closed = once(server, 'close');
        server.close();
        await closed;
      },
    }),
  });

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  scopes: ScopeRunner,
  health: Health,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const pages = new Map([
    ['/livez', () => health.livez()],
    ['/readyz', () => health.readyz({ details: true })],
    ['/health', () => health.health({ details: true })],
  ]);
  response.setHeader('connection', 'close');
  const page = pages.get(url.pathname);
  if (page !== undefined) {
    const { status, contentType, body } = await page();
    response.writeHead(status, { 'content-type': contentType }).end(body);
    return;
  }
  try {
    await scopes.runInScope(Scope.REQUEST, [], async (scope) => {
      const id = url.searchParams.get('id') ?? '';
      await (await scope.get(RedisClientProtocol)).set(`${topic}:seen:${id}`, '1');
      const envelope = createEnvelope(WorkAccepted, { id }, { sourceService: 'work' });
      await (await scope.get(KafkaPublisherProtocol)).publishEvent(envelope);
    });
    response.writeHead(200).end();
  } catch (error) {
    response.writeHead(httpStatusOf(error)).end(error instanceof Error ? error.message : '');
  }
}

await runApplication(() => new Application([infrastructure(loadSettings()), work]));
