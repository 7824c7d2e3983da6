import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import {
  Application,
  createLoggerFactory,
  type Logger,
  LoggerFactory,
  type NotificationOptions,
  Provider,
  RedisClient,
  SlipwayError,
  userNotifications,
  type UserNotifications,
} from '../../../src/index.js';
import { MemoryLog } from '../../support/memory-log.js';
import { until } from '../../support/until.js';

interface Notification {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function upgradeOf(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({
    Host: 'a',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET /ws HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function nobody(): undefined {
  return undefined;
}

describe('userNotifications', () => {
  let redis: RedisClient;
  let server: Server;
  let port: number;
  let bridge: UserNotifications;

  before(async () => {
    redis = new RedisClient({ clientId: 'notifications', url: 'memory://', deadlineMs: 2_000 });
    await redis.start();
  });

  after(() => redis.stop());

  async function serve(
    options: Partial<NotificationOptions> = {},
    source?: Logger | Parameters<typeof userNotifications>[0],
  ): Promise<void> {
    bridge = userNotifications(
      source === undefined || 'info' in source
        ? { pubsub: redis.pubsub, ...(source && { logger: source }) }
        : source,
      { authenticate: ({ headers }) => headers['x-user'] as string | undefined, ...options },
    );
    server = createServer((_request, response) => void response.writeHead(426).end());
    bridge.attach(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  afterEach(async () => {
    await bridge.close();
    expect(bridge.sockets).to.equal(0);
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });

  function client(headers: Readonly<Record<string, string>>, path = '/ws') {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    const received: Notification[] = [];
    socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString()) as Notification));
    socket.on('error', () => undefined);
    const refused = new Promise<{ status: number | undefined; body: string }>((resolve) => {
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.once('end', () => resolve({ status: response.statusCode, body }));
      });
    });
    // Not `once` of node:events, which minds an error too.
    const closed = new Promise<number>((resolve) => void socket.once('close', resolve));
    return { socket, received, refused, closed };
  }

  async function opened(user: string) {
    const made = client({ 'x-user': user });
    await until(() => made.received.some(({ event }) => event === 'subscribed'));
    return made;
  }

  it('carries what is published for a user to each of the sockets of that user, and to no other', async () => {
    await serve();
    const [first, second, other] = await Promise.all([opened('ada'), opened('ada'), opened('eve')]);
    expect(bridge.sockets).to.equal(3);
    await redis.publishUserNotification('ada', 'essay_created', { title: 'ü' });
    await redis.publishUserNotification('eve', 'marked', {});
    await until(() => [first, second, other].every(({ received }) => received.length === 2));
    for (const { received } of [first, second]) {
      expect(received[1]).to.deep.equal({ event: 'essay_created', data: { title: 'ü' } });
    }
    expect(other.received[1]?.event).to.equal('marked');
    first.socket.close();
    await until(() => bridge.sockets === 2);
  });

  const refusals: readonly (readonly [
    what: string,
    options: Partial<NotificationOptions>,
    headers: Readonly<Record<string, string>>,
    status: number,
    code: string,
  ])[] = [
    ['a page of another site', {}, { 'x-user': 'ada', origin: 'https://evil.example' }, 403, 'FORBIDDEN'],
    ['a page without an origin of its own', {}, { 'x-user': 'ada', origin: 'null' }, 403, 'FORBIDDEN'],
    ['who does not say who it is', {}, {}, 401, 'UNAUTHENTICATED'],
    ...[null, false, 0, ''].map(
      (id) =>
        [
          `whom the hook calls ${JSON.stringify(id)}`,
          { authenticate: () => id as unknown as undefined },
          {},
          401,
          'UNAUTHENTICATED',
        ] as const,
    ),
    [
      'where the hook throws',
      { authenticate: () => Promise.reject(new Error('db')) },
      {},
      500,
      'UNKNOWN_ERROR',
    ],
    [
      'where the hook throws an error of the service',
      {
        authenticate: () => Promise.reject(new Error('Who is that?')),
        problemOf: (error) => ({ statusCode: 400, code: 'NOBODY', message: (error as Error).message }),
      },
      {},
      400,
      'NOBODY',
    ],
    [
      'where the hook throws, and so does problemOf',
      {
        authenticate: () => Promise.reject(new Error('db')),
        problemOf: () => {
          throw new TypeError('of undefined');
        },
      },
      {},
      500,
      'UNKNOWN_ERROR',
    ],
    [
      'where problemOf tells a status that no error has',
      {
        authenticate: () => Promise.reject(new Error('db')),
        problemOf: () => ({ statusCode: 1_000, code: 'NOBODY', message: 'no' }),
      },
      {},
      500,
      'UNKNOWN_ERROR',
    ],
    [
      'where the hook hangs',
      { authenticate: () => new Promise(() => undefined), authenticateTimeoutMs: 20 },
      {},
      503,
      'UNAVAILABLE',
    ],
  ];
  for (const [what, options, headers, status, code] of refusals) {
    it(`refuses ${what} with ${status}`, async () => {
      await serve(options);
      const { refused } = client(headers);
      const answer = await refused;
      expect(answer.status).to.equal(status);
      expect(JSON.parse(answer.body)).to.have.nested.property('error.code', code);
    });
  }

  it('tells the hook when its client goes, and holds neither the seat nor the connection for it', async () => {
    const asked: AbortSignal[] = [];
    const log = new MemoryLog();
    const createLogger = createLoggerFactory({ service: 'bridge', stream: log });
    await serve(
      {
        authenticate: (_request, signal) => {
          asked.push(signal);
          return new Promise(() => undefined);
        },
      },
      createLogger('bridge'),
    );
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const connected = once(server, 'connection');
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      const [held] = (await connected) as [Socket];
      // Not `once` of node:events, which minds the error of a reset.
      const closed = new Promise<void>((resolve) => void held.once('close', () => resolve()));
      socket.write(upgradeOf({}));
      await until(() => asked.length === 1);
      socket[leave]();
      await closed;
      expect(asked.splice(0).map(({ aborted }) => aborted)).to.deep.equal([true]);
    }
    await createLogger.flush();
    expect(log.records).to.deep.equal([]);
  });

  it('logs what the hook failed with, also before the first socket is let in', async () => {
    const log = new MemoryLog();
    const createLogger = createLoggerFactory({ service: 'bridge', stream: log });
    const app = await Application.start([
      new Provider('logs').provide(LoggerFactory, { value: createLogger }),
    ]);
    await serve({ authenticate: () => Promise.reject(new Error('The pool is closed')) }, app);
    const { refused } = client({ 'x-correlation-id': 'asked-1' });
    expect((await refused).status).to.equal(500);
    await app.stop();
    await createLogger.flush();
    const [record, ...others] = log.records;
    expect(others).to.deep.equal([]);
    expect(record?.['level']).to.match(/error/i);
    expect(JSON.stringify(record)).to.include('The pool is closed').and.include('asked-1');
  });

  it('takes pages of its own host, and of those that are allowed', async () => {
    await serve({ allowedOrigins: ['https://app.example'] });
    for (const origin of [`http://127.0.0.1:${port}`, 'https://app.example']) {
      const { socket } = client({ 'x-user': 'ada', origin });
      await once(socket, 'open');
    }
    expect((await client({ 'x-user': 'ada', origin: 'https://app.example.evil' }).refused).status).to.equal(
      403,
    );
  });

  it('refuses more sockets than it may have, and other paths', async () => {
    await serve({ maxSockets: 1 });
    await opened('ada');
    const { status, body } = await client({ 'x-user': 'ada' }).refused;
    expect(status).to.equal(503);
    expect(body).to.not.include('stops');
    expect((await client({ 'x-user': 'ada' }, '/other').refused).status).to.equal(404);
  });

  it('counts those it has not let in yet among the sockets it may have, and each once', async () => {
    const letIn: (() => void)[] = [];
    const authenticate = (): Promise<string> => new Promise((resolve) => letIn.push(() => resolve('ada')));
    await serve({ maxSockets: 2, authenticate });
    const first = client({});
    const second = client({});
    await until(() => letIn.length === 2);
    expect((await client({}).refused).status).to.equal(503);
    for (const letOne of letIn) letOne();
    await until(() => bridge.sockets === 2);
    first.socket.close();
    await until(() => bridge.sockets === 1);
    void client({});
    await until(() => letIn.length === 3);
    second.socket.close();
  });

  it('reads no more from Redis than a slow client takes, and tells the gap in its place', async () => {
    await serve({ capacity: 4, maxBufferedBytes: 1_000 });
    const { socket, received } = await opened('slow');
    socket.pause();
    const count = 400;
    const text = 'x'.repeat(50_000);
    for (let index = 0; index < count; index += 1)
      await redis.publishUserNotification('slow', 'line', { index, text });
    socket.resume();
    await until(
      () => received.at(-1)?.data['index'] === count - 1,
      'the last notification has arrived',
      20_000,
    );
    const gap = received.find(({ event }) => event === 'gap');
    expect(gap?.data).to.include({ reason: 'overflow' });
    const lines = received.filter(({ event }) => event === 'line').map(({ data }) => data['index']);
    expect(lines).to.deep.equal(lines.toSorted((left, right) => Number(left) - Number(right)));
    const dropped = received.reduce(
      (sum, { event, data }) => sum + (event === 'gap' ? Number(data['dropped']) : 0),
      0,
    );
    expect(lines.length + dropped).to.equal(count);
  }).timeout(60_000);

  it('cuts a client that takes nothing at all', async () => {
    await serve({ maxBufferedBytes: 1_000, stuckAfterMs: 50 });
    const { socket } = await opened('stuck');
    socket.pause();
    const text = 'x'.repeat(1_000_000);
    for (let index = 0; index < 20; index += 1)
      await redis.publishUserNotification('stuck', 'line', { text });
    await until(() => bridge.sockets === 0, 'no socket is left', 20_000);
    socket.terminate();
  }).timeout(60_000);

  it('cuts a client that answers no ping', async () => {
    await serve({ pingEveryMs: 30 });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.write(upgradeOf({ 'X-User': 'ada' }));
    await once(socket, 'close');
    await until(() => bridge.sockets === 0);
  });

  it('closes sockets that send frames which are none, whatever they are, and lives', async () => {
    await serve();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 40 }), async (bytes) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.write(upgradeOf({ 'X-User': 'ada' }));
        await once(socket, 'data');
        // Unmasked, which no client's frame may be; so each of them breaks the protocol at its second byte at the latest.
        socket.end(Uint8Array.from([0x81, 0x01, ...bytes]));
        await once(socket, 'close');
      }),
      { numRuns: 60 },
    );
    const alive = await opened('ada');
    alive.socket.send('nobody expects this');
    await redis.publishUserNotification('ada', 'still here', {});
    await until(() => alive.received.length === 2);
    const large = await opened('eve');
    large.socket.send('x'.repeat(5_000));
    expect(await large.closed).to.equal(1009);
  });

  it('answers broken upgrades, and lives', async () => {
    await serve();
    for (const headers of [
      { 'Sec-WebSocket-Key': 'short' },
      { 'Sec-WebSocket-Version': '99' },
      { Upgrade: 'h2c, websocket' },
    ]) {
      const socket = connect(port, '127.0.0.1');
      let received = '';
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString();
      });
      socket.write(upgradeOf({ 'X-User': 'ada', Connection: 'Upgrade', ...headers }));
      await once(socket, 'close');
      expect(received).to.match(/^HTTP\/1\.1 4\d\d.*"code":"INVALID_REQUEST"/s);
      socket.destroy();
    }
    await opened('ada');
  });

  it('closes all with 1001 when the service stops, and takes no more', async () => {
    await serve();
    const { closed } = await opened('ada');
    await Promise.all([bridge.close(), bridge.close()]);
    expect(await closed).to.equal(1001);
  });

  it('refuses options that cannot be meant', () => {
    for (const options of [
      { maxBufferedBytes: 0 },
      { pingEveryMs: Number.NaN },
      { path: 'ws' },
      { allowedOrigins: ['app.example'] },
      { allowedOrigins: ['https://app.example/'] },
    ]) {
      expect(() => userNotifications({ pubsub: redis.pubsub }, { authenticate: nobody, ...options }))
        .to.throw(SlipwayError)
        .with.property('code', 'SLIPWAY_HTTP_OPTIONS');
    }
  });
});
