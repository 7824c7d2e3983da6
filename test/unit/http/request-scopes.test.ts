import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { fastify } from 'fastify';
import {
  Application,
  CorrelationId,
  createEnvelope,
  createLoggerFactory,
  currentLogContext,
  expressErrors,
  expressScopes,
  fastifyErrors,
  fastifyScopes,
  HttpRequest,
  httpRequestOf,
  infrastructure,
  KafkaPublisherProtocol,
  LoggerFactory,
  loadSettings,
  MemoryKafka,
  nodeScopes,
  Provider,
  RedisError,
  RequestScopes,
  Scope,
  scopeOf,
  token,
  unreadableRequests,
} from '../../../src/index.js';
import { randomUUID } from 'node:crypto';
import { MemoryLog } from '../../support/memory-log.js';

interface Work {
  readonly correlationId: string;
  readonly request: HttpRequest;
  publish(): Promise<void>;
}
const Work = token<Work>()('Work');

/** What the scopes of a test's requests ended with: `undefined` after success. */
class Ends {
  readonly seen: unknown[] = [];
  readonly #watchers = new Set<() => void>();

  add(error: unknown): void {
    this.seen.push(error);
    for (const watch of this.#watchers) watch();
  }

  until(count: number): Promise<readonly unknown[]> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (this.seen.length < count) return;
        this.#watchers.delete(watch);
        resolve(this.seen);
      };
      this.#watchers.add(watch);
      watch();
    });
  }
}

/** An application whose REQUEST scopes hold a {@link Work}. */
async function makeApplication() {
  const topic = 'works';
  const kafkaName = randomUUID();
  const ends = new Ends();
  const log = new MemoryLog();
  const settings = loadSettings({
    SERVICE_NAME: 'works',
    REDIS_URL: 'memory://',
    KAFKA_BOOTSTRAP_SERVERS: `memory://${kafkaName}`,
  });
  const works = new Provider('works').context(CorrelationId, { scope: Scope.REQUEST }).provide(Work, {
    scope: Scope.REQUEST,
    inject: [CorrelationId, HttpRequest, KafkaPublisherProtocol],
    create: (correlationId, request, kafka) => ({
      correlationId,
      request,
      publish: async () => {
        await kafka.publish(topic, createEnvelope('WORKED', {}, { sourceService: 'works', correlationId }));
      },
    }),
    release: (_work, { error }) => ends.add(error),
  });
  const app = new Application([infrastructure(settings), works]);
  const createLogger = createLoggerFactory({ service: 'works', stream: log });
  app.container.rebind(LoggerFactory).toConstantValue(createLogger);
  await app.start();
  return {
    app,
    ends,
    logged: async () => {
      await createLogger.flush();
      return log.records;
    },
    topic,
    kafka: MemoryKafka.shared(kafkaName),
    scopes: await app.get(RequestScopes),
  };
}

type Setting = Awaited<ReturnType<typeof makeApplication>>;

interface Handling {
  readonly path: string;
  /** As a handler has it: what it returns is answered as JSON. */
  readonly handle: (raw: Parameters<typeof scopeOf>[0], body: unknown, setting: Setting) => Promise<unknown>;
}

/** Called when a handler waits for its client to go. */
const waiting: { entered?: () => void } = {};

const handlings: readonly Handling[] = [
  {
    path: '/work',
    handle: async (request, body, { app }) => {
      const work = await scopeOf(request).get(Work);
      expect(await scopeOf(request).get(Work)).to.equal(work);
      expect(httpRequestOf(request)).to.equal(work.request);
      const createLogger = await app.get(LoggerFactory);
      createLogger('handler').info('at work');
      await work.publish();
      return {
        correlationId: work.correlationId,
        method: work.request.method,
        logged: currentLogContext(),
        body,
      };
    },
  },
  {
    path: '/fail',
    handle: async (request) => {
      await scopeOf(request).get(Work);
      throw new RedisError('SLIPWAY_REDIS_TIMEOUT', { message: 'GET got no reply from redis://cache:6379.' });
    },
  },
  {
    path: '/wait',
    handle: async (request) => {
      const { signal } = httpRequestOf(request);
      await scopeOf(request).get(Work);
      const gone = once(signal, 'abort');
      waiting.entered?.();
      await gone;
      return {};
    },
  },
];

interface Kind {
  readonly name: string;
  readonly serve: (setting: Setting) => Promise<Server>;
}

const kinds: readonly Kind[] = [
  {
    name: 'node:http',
    serve: async (setting) => {
      const server = createServer(
        nodeScopes(setting.scopes, async (request, response) => {
          const handling = handlings.find(({ path }) => path === request.url?.split('?')[0]);
          if (handling === undefined) throw Object.assign(new Error('none'), { statusCode: 404 });
          const chunks: Buffer[] = [];
          for await (const chunk of request) chunks.push(chunk as Buffer);
          const text = Buffer.concat(chunks).toString();
          let body: unknown;
          try {
            body = text === '' ? undefined : (JSON.parse(text) as unknown);
          } catch {
            throw Object.assign(new Error('no JSON'), { statusCode: 400 });
          }
          const answer = await handling.handle(request, body, setting);
          response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
        }),
      );
      server.on('clientError', unreadableRequests({ service: 'works' }));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    },
  },
  {
    name: 'Fastify 5',
    serve: async (setting) => {
      const server = fastify({
        clientErrorHandler: unreadableRequests({ service: 'works' }),
        bodyLimit: 1000,
      });
      await server.register(fastifyScopes(setting.scopes));
      server.setErrorHandler(fastifyErrors({ service: 'works' }));
      for (const { path, handle } of handlings) {
        server.all(path, (request) => handle(request, request.body, setting));
      }
      await server.listen({ host: '127.0.0.1', port: 0 });
      return server.server;
    },
  },
  {
    name: 'Express 5',
    serve: async (setting) => {
      const server = express();
      server.use(expressScopes(setting.scopes));
      server.use(express.json({ limit: 1000 }));
      for (const { path, handle } of handlings) {
        server.all(path, async (request, response) => {
          const answer = await handle(request, request.body as unknown, setting);
          response.json(answer);
        });
      }
      server.use(expressErrors({ service: 'works' }));
      const listening = server.listen(0, '127.0.0.1');
      await once(listening, 'listening');
      listening.on('clientError', unreadableRequests({ service: 'works' }));
      return listening;
    },
  },
];

/** Sends bytes and gives all that comes back. */
async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.end(text);
  await new Promise((resolve) => void socket.once('close', resolve));
  return received;
}

for (const { name, serve } of kinds) {
  describe(`a REQUEST scope for each request of ${name}`, () => {
    let setting: Setting;
    let server: Server;
    let port: number;

    before(async () => {
      setting = await makeApplication();
      server = await serve(setting);
      ({ port } = server.address() as AddressInfo);
    });

    after(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await setting.app.stop();
    });

    async function ask(path: string, init: RequestInit = {}) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        headers: { connection: 'close', ...init.headers },
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Record<string, unknown>,
      };
    }
    const post = (body: string): RequestInit => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });

    it('has the correlation id of the header, in the answer, the logs and what is published', async () => {
      const id = randomUUID();
      const before = setting.ends.seen.length;
      const { status, headers, body } = await ask('/work', { headers: { 'x-correlation-id': id } });
      expect(status).to.equal(200);
      expect(headers.get('x-correlation-id')).to.equal(id);
      expect(body).to.deep.include({ correlationId: id, method: 'GET' });
      expect(body['logged']).to.deep.equal({ correlationId: id });
      const logged = (await setting.logged()).find(
        (line) => line['message'] === 'at work' && line['correlation_id'] === id,
      );
      expect(logged).to.be.an('object');
      const published = setting.kafka.records(setting.topic).map(({ value }) => value?.toString());
      expect(published.at(-1)).to.contain(id);
      expect((await setting.ends.until(before + 1)).at(-1)).to.equal(undefined);
    });

    it('makes a UUID of an id that is none, gives it back as it was, and takes one of the query', async () => {
      const named = await ask('/work', { headers: { 'x-correlation-id': 'order-42' } });
      expect(named.headers.get('x-correlation-id')).to.equal('order-42');
      expect(named.body['correlationId']).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
      const again = await ask('/work?correlation_id=order-42');
      expect(again.body['correlationId']).to.equal(named.body['correlationId']);
      expect(again.headers.get('x-correlation-id')).to.equal('order-42');
    });

    it('makes a new one where there is none, or where it could do harm in a header or a log', async () => {
      const seen = new Set<unknown>();
      for (const given of [undefined, 'x'.repeat(500), 'a b', 'grün']) {
        const query = given === undefined ? '' : `?correlation_id=${encodeURIComponent(given)}`;
        const { headers, body } = await ask(`/work${query}`);
        expect(headers.get('x-correlation-id')).to.equal(body['correlationId']);
        expect(body['correlationId']).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
        seen.add(body['correlationId']);
      }
      expect(seen.size).to.equal(4);
    });

    it('keeps the asynchronous context over the reading of a body', async () => {
      const id = randomUUID();
      const init = post('{"a":1}');
      const { body } = await ask('/work', { ...init, headers: { ...init.headers, 'x-correlation-id': id } });
      expect(body).to.deep.include({ body: { a: 1 }, logged: { correlationId: id } });
    });

    it('answers what a handler throws, and ends the scope with it', async () => {
      const before = setting.ends.seen.length;
      const { status, headers, body } = await ask('/fail');
      expect(status).to.equal(504);
      expect(headers.get('retry-after')).to.equal('2');
      expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
      const { code, message, correlation_id } = body['error'] as Record<string, unknown>;
      expect(code).to.equal('SLIPWAY_REDIS_TIMEOUT');
      expect(message).to.not.contain('cache:6379');
      expect(correlation_id).to.equal(headers.get('x-correlation-id'));
      expect((await setting.ends.until(before + 1)).at(-1)).to.have.property('code', 'SLIPWAY_REDIS_TIMEOUT');
    });

    it("aborts the scope's signal when the client goes, and ends the scope with that", async () => {
      const before = setting.ends.seen.length;
      const entered = new Promise<void>((resolve) => {
        waiting.entered = resolve;
      });
      const client = new AbortController();
      const asked = fetch(`http://127.0.0.1:${port}/wait`, { signal: client.signal }).catch(() => 'gone');
      await entered;
      client.abort();
      expect(await asked).to.equal('gone');
      expect((await setting.ends.until(before + 1)).at(-1)).to.have.property(
        'code',
        'SLIPWAY_HTTP_CLIENT_GONE',
      );
    });

    it('answers bodies that cannot be read, and lives', async () => {
      for (const body of [
        '{',
        '{"a":',
        'nul',
        '\u0000',
        '[1,',
        '{"a":1}}',
        '"',
        '{"__proto__":{',
        'NaN',
        '\ufeff{',
      ]) {
        const answer = await ask('/work', post(body));
        expect(answer.status, body).to.equal(400);
        expect(answer.body).to.have.nested.property('error.code', 'INVALID_REQUEST');
      }
      expect((await ask('/work')).status).to.equal(200);
    });

    it('answers what is no HTTP, and lives', async () => {
      const broken = [
        'nonsense\r\n\r\n',
        'GET / HTTP/9.9\r\n\r\n',
        'GET /work HTTP/1.1\r\nHost: a\r\nBad Header\r\n\r\n',
        'GET /work HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n',
        'GET /work HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
        'POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'POST /work HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
        `GET /work HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
        '\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1',
        'GET /work HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: a\u0001b\r\n\r\n',
      ];
      for (const text of broken) {
        const answer = await sendRaw(port, text);
        expect(answer, JSON.stringify(text.slice(0, 60))).to.match(/^HTTP\/1\.1 4\d\d /);
      }
      expect(await sendRaw(port, broken[7] ?? '')).to.match(/^HTTP\/1\.1 431 .*"code":"HEADERS_TOO_LARGE"/s);
      expect((await ask('/work')).status).to.equal(200);
    });
  });

  describe(`a request of ${name} while the application stops`, () => {
    it('is answered 503', async () => {
      const setting = await makeApplication();
      const server = await serve(setting);
      const { port } = server.address() as AddressInfo;
      await setting.app.stop();
      const answer = await fetch(`http://127.0.0.1:${port}/work`, { headers: { connection: 'close' } });
      expect(answer.status).to.equal(503);
      expect(await answer.json())
        .to.have.nested.property('error.code')
        .that.matches(/^SLIPWAY_CONTAINER/);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    });
  });
}

describe('scopeOf', () => {
  it('says what to do where a request has no scope', async () => {
    const server = createServer((request, response) => {
      expect(() => scopeOf(request))
        .to.throw(/expressScopes/)
        .with.property('code', 'SLIPWAY_HTTP_NO_SCOPE');
      response.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
    expect(response.status).to.equal(200);
    await response.text();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
});
