import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { type FastifyInstance, fastify } from 'fastify';
import {
  fastifyScopes,
  LoggerFactory,
  nodeScopes,
  Provider,
  RequestScopes,
  requestScopes,
  Scope,
  scopeOf,
  silentLogger,
  token,
} from '../../../src/index.js';
import { testApplication } from '../../../src/testing/index.js';
import { makeApplication, type Setting, Work } from '../../support/http-kinds.js';

const RequestWork = token<string>()('RequestWork');

describe('fastifyScopes', () => {
  const door = new EventEmitter();
  let setting: Setting;
  let server: FastifyInstance;

  before(async () => {
    setting = await makeApplication();
    server = fastify();
    await server.register(fastifyScopes(setting.scopes));
    const createLogger = await setting.app.get(LoggerFactory);
    server.post('/work', async (request) => {
      await scopeOf(request).get(Work);
      return {};
    });
    // Answers are sent in the order of the requests, so the second waits for the first.
    server.get('/wait', async (request) => {
      const gone = once(door, 'go');
      await scopeOf(request).get(Work);
      await gone;
      return {};
    });
    server.get('/go', async (request) => {
      await scopeOf(request).get(Work);
      setImmediate(() => door.emit('go'));
      return {};
    });
    server.addHook('onResponse', (_request, _reply, done) => {
      createLogger('hook').info('answered');
      done();
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
  });

  after(async () => {
    await server.close();
    await setting.app.stop();
  });

  it('ends scopes of requests by inject() as those of others', async () => {
    const before = setting.ends.seen.length;
    const { statusCode } = await server.inject({ method: 'POST', url: '/work', payload: { a: 1 } });

    expect(statusCode).to.equal(200);
    expect((await setting.ends.until(before + 1)).at(-1)).to.equal(undefined);
  });

  it('leaves handlers alone that take something else than a request', async () => {
    // As plugins for WebSockets have them, whose handlers get the socket first.
    const socket = {};
    let taken: unknown;
    let handler: unknown;
    await using other = fastify();
    await other.register(fastifyScopes(setting.scopes));
    other.addHook('onRoute', (route) => {
      handler ??= route.handler;
    });
    other.get('/socket', (...args: unknown[]) => {
      [taken] = args;
      return 'taken';
    });

    expect((handler as (...args: unknown[]) => unknown)(socket, {})).to.equal('taken');
    expect(taken).to.equal(socket);
  });

  it('has its own correlation id in what hooks log, also when another answer lets it go out', async () => {
    const before = setting.ends.seen.length;
    const ids = [randomUUID(), randomUUID()];
    const requests = ids.map(
      (id, index) =>
        `GET /${index === 0 ? 'wait' : 'go'} HTTP/1.1\r\nHost: a\r\nX-Correlation-ID: ${id}\r\n\r\n`,
    );
    const { port } = server.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(requests.join(''));
    let received = '';
    for await (const chunk of socket) {
      received += String(chunk);
      if (received.split('{}').length === 3) break;
    }
    await setting.ends.until(before + 2);

    const lines = (await setting.logged()).filter(({ message }) => message === 'answered');
    expect(lines.slice(-2).map((line) => line['correlation_id'])).to.deep.equal(ids);
  });
});

describe('the scope of a request that cannot be closed', () => {
  it('is told in the log, under the correlation id', async () => {
    const wet = new Provider('wet').decorate(RequestWork, {
      create: (inner) => inner,
      release: () => Promise.reject(new Error('the ink is wet')),
    });
    const app = await testApplication([
      new Provider('work').provide(RequestWork, { scope: Scope.REQUEST, create: () => 'work' }),
      wet,
      requestScopes(),
      new Provider('log').provide(LoggerFactory, { value: () => silentLogger }),
    ]);
    const scopes = await app.get(RequestScopes);
    const server = createServer(
      nodeScopes(scopes, async (_request, response, scope) => {
        response.end(await scope.get(RequestWork));
      }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const correlationId = randomUUID();
    const headers = { 'x-correlation-id': correlationId, connection: 'close' };
    expect(await (await fetch(`http://127.0.0.1:${port}`, { headers })).text()).to.equal('work');
    const closed = once(server, 'close');
    server.close();
    await closed;
    await app.stop();

    const line = app.logs.find(({ message }) => message === 'The scope of a request did not close');
    expect(line?.flow).to.deep.equal({ correlationId });
    expect(String(line?.context['error'])).to.include('the ink is wet');
  });
});
