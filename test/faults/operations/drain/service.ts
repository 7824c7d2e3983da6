// A service in a process of its own whose handlers are all at work when it is told to stop. It prints what it takes and what
// becomes of it, a line each, with how many requests and messages are under way.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Application,
  consume,
  containerEvents,
  createEnvelope,
  events,
  httpRequestOf,
  infrastructure,
  Intake,
  KafkaPublisherProtocol,
  loadSettings,
  nodeScopes,
  Provider,
  RedisClientProtocol,
  type ReleaseEvent,
  RequestScopes,
  type Resolver,
  runApplication,
  Scope,
} from '../../../../src/index.js';
import { firstPart, isSlow, isStream, wholeAnswer, workOn } from './work.js';

const { WORK_TOPIC: topic = 'work', HOLD, HANDLING_MS, DRAIN_MS, CONSUMER_STOP_MS } = process.env;
const Work = workOn(topic);

const underWay = { request: 0, message: 0 };
const tell = (what: string): unknown =>
  process.stdout.write(`${what} (${underWay.request} ${underWay.message})\n`);

/** Nothing comes to its end before the process has its signal. */
const told = HOLD === 'true' ? once(process, 'SIGTERM') : undefined;

/** Goes on for a while after the signal, and then needs its clients. */
async function work(
  kind: keyof typeof underWay,
  id: string,
  signal: AbortSignal,
  scope: Resolver,
): Promise<void> {
  underWay[kind] += 1;
  tell(`took ${kind} ${id}`);
  let end = 'left';
  try {
    await told;
    if (told !== undefined && isSlow(id)) await sleep(2 ** 30, undefined, { signal });
    await sleep(Math.random() * Number(HANDLING_MS), undefined, { signal });
    await (await scope.get(RedisClientProtocol)).set(`${topic}:did:${kind}:${id}`, '1');
    if (kind === 'request') {
      const publisher = await scope.get(KafkaPublisherProtocol);
      await publisher.publishEvent(createEnvelope(Work, { id: `of-${id}` }, { sourceService: 'work' }));
    }
    end = 'did';
  } catch (error) {
    if (!signal.aborted) {
      end = `failed with ${String(error)} at`;
      throw error;
    }
    throw signal.reason;
  } finally {
    underWay[kind] -= 1;
    tell(`${end} ${kind} ${id}`);
  }
}

async function answer(id: string, response: ServerResponse, signal: AbortSignal, scope: Resolver) {
  const first = firstPart(id);
  if (isStream(id)) response.write(first);
  await work('request', id, signal, scope);
  response.end(wholeAnswer(id).slice(isStream(id) ? first.length : 0));
}

const server = createServer();
const provider = new Provider('work')
  .include(
    events([Work]),
    consume(Work, ({ data: { id } }, { signal, scope }) => work('message', id, signal, scope), {
      handlerTimeoutMs: 300_000,
    }),
  )
  .provide(Intake, {
    scope: Scope.APP,
    collect: true,
    // Named here, the clients are opened at start.
    inject: [RequestScopes, RedisClientProtocol, KafkaPublisherProtocol],
    create: (scopes) => ({
      name: 'http',
      open: async () => {
        server.on(
          'request',
          nodeScopes(scopes, (request, response, scope) => {
            const id = new URL(request.url ?? '', 'http://localhost').searchParams.get('id') ?? '';
            return answer(id, response, httpRequestOf(request).signal, scope);
          }),
        );
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as { readonly port: number };
        process.stderr.write(`Listening on http://127.0.0.1:${port}\n`);
      },
      close: async (signal) => {
        signal.addEventListener('abort', () => server.closeAllConnections());
        const closed = once(server, 'close');
        server.close();
        // Clients keep their connections after the answer.
        const idle = setInterval(() => server.closeIdleConnections(), 20);
        await closed;
        clearInterval(idle);
      },
    }),
  });

containerEvents.release.subscribe((event) => {
  const { token, scope } = event as ReleaseEvent;
  if (scope === Scope.APP) tell(`released ${token}`);
});

const consumer = { concurrency: 500, stopTimeoutMs: Number(CONSUMER_STOP_MS) };
await runApplication(
  () =>
    new Application([infrastructure(loadSettings(), { consumer }), provider], {
      drainTimeoutMs: Number(DRAIN_MS),
      stopTimeoutMs: Number(DRAIN_MS) + 30_000,
    }),
);
