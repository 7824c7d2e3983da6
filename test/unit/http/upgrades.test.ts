import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import express from 'express';
import { fastify } from 'fastify';
import { useFakeTimers } from 'sinon';
import {
  type NotificationOptions,
  SlipwayError,
  unreadableRequests,
  userNotifications,
} from '../../../src/index.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import { until } from '../../support/until.js';

/** Answers with its method, its headers that could ask for an upgrade, and its body. */
const echo: RequestListener = (request, response) => {
  const { method, url, headers } = request;
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    const asked = [headers.connection, headers.upgrade, headers['http2-settings']];
    response.end(`<${method} ${url} ${asked.join('|')} ${body}>`);
  });
};

interface Kind {
  readonly name: string;
  readonly make: (listener: RequestListener) => Server | Promise<Server>;
  readonly dial?: (port: number) => Socket;
}

const kinds: readonly Kind[] = [
  { name: 'node:http', make: (listener) => createServer(listener) },
  {
    name: 'node:https',
    make: async (listener) => {
      using certificate = await selfSignedCertificate();
      return createTlsServer(certificate.tls, listener);
    },
    dial: (port) => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }),
  },
  {
    name: 'Fastify 5',
    make: async (listener) => {
      const instance = fastify({ forceCloseConnections: true });
      instance.addContentTypeParser('*', (_request, _body, done) => done(null));
      instance.all('/*', (request, reply) => {
        reply.hijack();
        listener(request.raw, reply.raw);
      });
      await instance.ready();
      return instance.server;
    },
  },
  { name: 'Express 5', make: (listener) => createServer(express().use(listener)) },
];

function requestOf(protocol: string, path: string, more = '', method = 'GET'): string {
  return (
    `${method} ${path} HTTP/1.1\r\nHost: a\r\nuPgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n` +
    `Connection: Upgrade, HTTP2-Settings\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`
  );
}

function bridge(options: Partial<NotificationOptions> = {}) {
  // Nobody is let in, so nobody subscribes.
  return userNotifications({ pubsub: {} as never }, { authenticate: () => undefined, ...options });
}

describe('Upgrades of a server with userNotifications', () => {
  const open: { readonly server: Server; readonly clients: Socket[] }[] = [];

  async function serve(server: Server, dial = (port: number): Socket => connect(port, '127.0.0.1')) {
    const clients: Socket[] = [];
    open.push({ server, clients });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return (made = dial(port)) => {
      let text = '';
      clients.push(made);
      made.on('error', () => undefined);
      made.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      return {
        socket: made,
        /** What came until it was so much, and is forgotten then. */
        read: async (end: string | RegExp): Promise<string> => {
          await until(() => text.search(end) !== -1, `${String(end)} has come`);
          const read = text;
          text = '';
          return read;
        },
      };
    };
  }

  afterEach(async () => {
    for (const { server, clients } of open.splice(0)) {
      for (const client of clients) client.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
  });

  for (const { name, make, dial } of kinds) {
    it(`answers who asks for another protocol as if it had not, with ${name}`, async () => {
      const server = await make(echo);
      bridge().attach(server);
      const { socket, read } = (await serve(server, dial))();

      // On one connection, with what is left of the headers, and bodies in parts.
      socket.write(requestOf('h2c', '/ws'));
      expect(await read('>')).to.match(/^HTTP\/1\.1 200 .*<GET \/ws keep-alive\|\| >|<GET \/ws \|\| >/s);
      socket.write(requestOf('TLS/1.0', '/a', 'Content-Length: 6\r\ncontent-type: a/b\r\n', 'POST') + 'abc');
      socket.write('def');
      expect(await read('>')).to.include('<POST /a || abcdef>');
      const chunked = 'Transfer-Encoding: chunked\r\nConnection: X-Own\r\ncontent-type: a/b\r\n';
      socket.write(`${requestOf('h2c', '/b', chunked, 'POST')}3\r\nabc\r\n`);
      socket.write('2\r\nde\r\n0\r\n\r\n');
      expect(await read('>')).to.include('<POST /b X-Own|| abcde>');
      socket.write('GET /c HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(await read('>')).to.include('<GET /c || >');
    });
  }

  it('leaves nothing on a connection that is handed back again and again', async () => {
    let seen: Socket | undefined;
    const server = createServer((request, response) => {
      seen = request.socket;
      response.end('.');
    });
    bridge().attach(server);
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const { socket, read } = (await serve(server))();
    const counts = (): string =>
      ['resume', 'pause', 'data', 'end', 'error', 'timeout', 'drain', 'close']
        .map((event) => `${event} ${seen?.listenerCount(event)}`)
        .join();

    const each: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      socket.write(requestOf('h2c', '/'));
      await read(/\.$/);
      each.push(counts());
    }

    expect(new Set(each).size, each.join('\n')).to.equal(1);
    expect(connections).to.equal(1);
  });

  it('answers in turn what a client sent ahead', async () => {
    let first: ServerResponse | undefined;
    const server = createServer((request, response) => {
      if (request.url !== '/first') echo(request, response);
      else first = response;
    });
    bridge().attach(server);
    const { socket, read } = (await serve(server))();

    socket.write(
      'GET /first HTTP/1.1\r\nHost: a\r\n\r\n' +
        requestOf('h2c', '/second') +
        requestOf('websocket', '/third'),
    );
    await once(server, 'request');
    first?.end('<first>');

    expect(await read('"NOT_FOUND"')).to.match(/<first>.*<GET \/second .*HTTP\/1\.1 404 /s);
  });

  it('gives each bridge its path, answers 404 to those of neither, and outlives one of them', async () => {
    const server = createServer(echo);
    const [first, second] = [bridge({ path: '/first' }), bridge({ path: '/second' })];
    for (const each of [first, second, first]) each.attach(server);
    const dial = await serve(server);
    const statusOf = async (path: string): Promise<string | undefined> => {
      const { socket, read } = dial();
      socket.write(requestOf('WebSocket', path));
      return /^HTTP\/1\.1 (\d+)/.exec(await read('}}|>'))?.[1];
    };

    expect(await Promise.all(['/first', '/second', '/third'].map(statusOf))).to.deep.equal([
      '401',
      '401',
      '404',
    ]);
    expect(() => bridge({ path: '/first' }).attach(server))
      .to.throw(SlipwayError)
      .with.property('code', 'SLIPWAY_HTTP_OPTIONS');
    await first.close();
    expect(await Promise.all(['/first', '/second'].map(statusOf))).to.deep.equal(['404', '401']);
    await second.close();
    expect(server.listenerCount('upgrade')).to.equal(0);
    expect(await statusOf('/second')).to.equal('200');
  });

  it('leaves to others who listen what is not for its path', async () => {
    const server = createServer(echo);
    bridge().attach(server);
    server.on('upgrade', (request, socket) => {
      if (request.url !== '/ws') socket.end('HTTP/1.1 418 Other\r\n\r\n');
    });
    const dial = await serve(server);

    for (const [protocol, path, status] of [
      ['h2c', '/', 418],
      ['websocket', '/other', 418],
      ['websocket', '/ws', 401],
    ] as const) {
      const { socket, read } = dial();
      socket.write(requestOf(protocol, path));
      expect(await read('\r\n\r\n')).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  });

  it('writes no header back that would be two', async () => {
    const server = createServer(echo);
    bridge().attach(server);
    server.prependListener('upgrade', (request) => request.rawHeaders.push('X', 'a\r\nY: b'));
    // As if nobody else listened.
    server.listenerCount = () => 1;
    const { socket, read } = (await serve(server))();
    socket.write(requestOf('h2c', '/'));

    expect(await read('}')).to.match(/^HTTP\/1\.1 400 .*"INVALID_REQUEST"/s);
  });

  for (const path of ['/ws', '/other'])
    it(`outlives clients that go as soon as they have asked for ${path}`, async () => {
      const server = createServer(echo);
      bridge().attach(server);
      const dial = await serve(server);
      for (let index = 0; index < 10; index += 1) {
        const { socket } = dial();
        await once(socket, 'connect');
        socket.write(requestOf('websocket', path));
        socket.resetAndDestroy();
      }
      const { socket, read } = dial();
      socket.write('GET /alive HTTP/1.1\r\nHost: a\r\n\r\n');
      await read('/alive');
    });

  for (const [what, bytes] of [
    ['is not let in', requestOf('websocket', '/ws')],
    ['asks for another path', `${requestOf('websocket', '/other')}more`],
    ['sends no HTTP', 'NONSENSE\r\n\r\n'],
  ] as const)
    it(`ends the connection of a client that ${what} and does not close`, async () => {
      const server = createServer(echo);
      server.on('clientError', unreadableRequests());
      bridge().attach(server);
      const connected = once(server, 'connection');
      const dial = await serve(server, (port) => connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
      const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const { socket } = dial();
        const [held] = (await connected) as [Socket];
        socket.write(bytes);
        await once(socket, 'end');
        expect(held.destroyed).to.equal(false);
        const closed = once(held, 'close');
        clock.tick(1_000);
        await closed;
      } finally {
        clock.restore();
      }
    });
});
