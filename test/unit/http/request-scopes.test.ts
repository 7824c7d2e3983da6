import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { scopeOf, unreadableRequests } from '../../../src/index.js';
import { httpKinds, makeApplication, type Setting, waiting } from '../../support/http-kinds.js';

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

function post(body: string): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

for (const { name, serve } of httpKinds) {
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

    it("tells the service's own errors as the service says", async () => {
      const { status, headers, body } = await ask('/taken');
      expect(status).to.equal(409);
      expect(headers.get('retry-after')).to.equal('7');
      expect(body['error']).to.deep.include({
        code: 'TAKEN',
        message: 'Somebody has it.',
        service: 'works',
        details: { by: 'eve' },
      });
    });

    it('answers 404 where there is nothing', async () => {
      const { status, headers, body } = await ask('/nothing', {
        headers: { 'x-correlation-id': 'order-42' },
      });
      expect(status).to.equal(404);
      expect(headers.get('x-correlation-id')).to.equal('order-42');
      expect(body['error']).to.include({ code: 'NOT_FOUND', correlation_id: 'order-42', service: 'works' });
    });

    if (name !== 'Express 5') {
      it('has its scope until the handler has ended, also when the client has gone', async () => {
        const entered = new Promise<void>((resolve) => {
          waiting.entered = resolve;
        });
        const left = new Promise<unknown>((resolve) => {
          waiting.left = resolve;
        });
        const before = setting.ends.seen.length;
        const client = new AbortController();
        const asked = fetch(`http://127.0.0.1:${port}/persist`, { signal: client.signal }).catch(
          () => 'gone',
        );
        await entered;
        client.abort();
        expect(await asked).to.equal('gone');
        expect(await left).to.equal('open');
        expect((await setting.ends.until(before + 1)).at(-1)).to.have.property(
          'code',
          'SLIPWAY_HTTP_CLIENT_GONE',
        );
      });
    }

    it('logs a request that fails because a server is away as a warning without a stack', async () => {
      const id = randomUUID();
      await ask('/fail', { headers: { 'x-correlation-id': id } });
      const lines = (await setting.logged()).filter((line) => line['correlation_id'] === id);
      expect(lines.map(({ level, message }) => `${String(level)} ${String(message)}`)).to.deep.equal([
        'warn Request failed',
      ]);
      expect(JSON.stringify(lines)).to.contain('SLIPWAY_REDIS_TIMEOUT').and.not.contain('"stack"');
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
    it('is asked to end at the limit, and its answer still goes out', async () => {
      const setting = await makeApplication({ drainTimeoutMs: 10 });
      setting.served.server = await serve(setting);
      const { port } = setting.served.server.address() as AddressInfo;
      const entered = new Promise<void>((resolve) => {
        waiting.entered = resolve;
      });
      const answered = fetch(`http://127.0.0.1:${port}/wait`, { headers: { connection: 'close' } });
      await entered;
      await setting.app.stop();
      const answer = await answered;
      expect(answer.status).to.equal(503);
      expect(await answer.json()).to.have.nested.property('error.code', 'SLIPWAY_CONTAINER_CLOSED');
    });

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

describe('unreadableRequests', () => {
  it('puts no second answer into one that has begun', async () => {
    const server = createServer((_request, response) => void response.write('begun'));
    server.on('clientError', unreadableRequests());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const gone = new Promise((resolve) => void socket.once('close', resolve));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      // The second request is none.
      if (answer === '') socket.write('nonsense\r\n\r\n');
      answer += chunk.toString();
    });
    await gone;
    expect(answer.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 200']);
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
});

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
