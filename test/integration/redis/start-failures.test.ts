import { inspect } from 'node:util';
import { expect } from 'chai';
import type { ErrorCode, RedisError } from '../../../src/index.js';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import { openResources, redisErrorOf, timeOf } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { okForEach, startScriptedServer } from '../../support/scripted-server.js';
import { freePort } from '../../support/servers/free-port.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';

const password = 'hunter2-secret';

interface Failure {
  readonly error: RedisError;
  readonly ms: number;
}

/** Starts a client that has to fail, and holds what every failed start promises. */
async function failedStart(url: string, deadlineMs = 1000): Promise<Failure> {
  const before = await openResources();
  await using client = new RedisClient({ clientId: 'orders-redis', url, deadlineMs });
  const starting = client.start();
  const ms = await timeOf(starting);
  const error = await redisErrorOf(starting);
  expect(error.message).to.contain('orders-redis');
  expect(inspect(error, { depth: 20, showHidden: true })).to.not.contain(password);
  expect(client.status.state).to.equal('stopped');
  expect(client.status.lastError).to.equal(error.message);
  // The test's own servers close their side when they see ours closed.
  await until(
    async () => (await openResources()).join() === before.join(),
    'nothing more is open than before',
    3000,
  );
  return { error, ms };
}

function expectFailure({ error, ms }: Failure, code: ErrorCode, address: string): void {
  expect(error.code).to.equal(code);
  expect(error.message).to.contain(address);
  expect(error.maybeApplied).to.equal(false);
  expect(ms).to.be.lessThan(5000);
}

describe('RedisClient.start on a server that will not have it', () => {
  let open: RunningRedis;
  let locked: RunningRedis;

  before(async () => {
    [open, locked] = await Promise.all([
      startRedis({ config: { maxclients: '4' } }),
      startRedis({ config: { requirepass: password } }),
    ]);
  });

  after(async () => {
    await Promise.all([open[Symbol.asyncDispose](), locked[Symbol.asyncDispose]()]);
  });

  it('says that the connection was refused', async () => {
    const port = await freePort();
    const before = await openResources();
    const failure = await failedStart(`redis://user:${password}@127.0.0.1:${port}`);
    expectFailure(failure, 'SLIPWAY_REDIS_UNREACHABLE', `redis://127.0.0.1:${port}/0`);
    expect(failure.error.message).to.contain('ECONNREFUSED');
    expect((failure.error.cause as NodeJS.ErrnoException).code).to.equal('ECONNREFUSED');
    expect(failure.error.retryable).to.equal(true);
    expect(await openResources()).to.deep.equal(before);
  });

  it('says that the host is not known', async () => {
    const { error } = await failedStart('redis://no-such-host.invalid:6379', 4000);
    expect(error.code).to.equal('SLIPWAY_REDIS_UNKNOWN_HOST');
    expect(error.message).to.match(/ENOTFOUND|EAI_AGAIN/);
  });

  it('says that the server is a read-only replica, and starts on it where that is allowed', async () => {
    await using replica = await startRedis({ config: { replicaof: `127.0.0.1 ${open.port}` } });
    const failure = await failedStart(replica.url);
    expectFailure(failure, 'SLIPWAY_REDIS_READ_ONLY', replica.url);
    expect(failure.error.message).to.contain('allowReadOnly');
    await using client = new RedisClient({ clientId: 'a', url: replica.url, allowReadOnly: true });
    await client.start();
    expect(await client.get('none')).to.equal(null);
    expect((await redisErrorOf(client.set('k', 'v'))).code).to.equal('SLIPWAY_REDIS_READ_ONLY');
    await client.stop();
  });

  describe('over TLS', () => {
    let certificate: Certificate;
    let server: RunningRedis;
    let tlsPort: number;

    before(async () => {
      certificate = await selfSignedCertificate();
      tlsPort = await freePort();
      server = await startRedis({
        config: {
          'tls-port': String(tlsPort),
          'tls-cert-file': certificate.certificateFile,
          'tls-key-file': certificate.keyFile,
          'tls-ca-cert-file': certificate.certificateFile,
          'tls-auth-clients': 'no',
        },
      });
    });

    after(async () => {
      await server[Symbol.asyncDispose]();
      certificate[Symbol.dispose]();
    });

    it('says that the certificate is not trusted', async () => {
      const failure = await failedStart(`rediss://127.0.0.1:${tlsPort}`);
      expectFailure(failure, 'SLIPWAY_REDIS_TLS', `rediss://127.0.0.1:${tlsPort}`);
      expect(failure.error.message).to.contain('NODE_EXTRA_CA_CERTS');
      expect((failure.error.cause as NodeJS.ErrnoException).code).to.equal('DEPTH_ZERO_SELF_SIGNED_CERT');
    });

    it('says that the server speaks TLS where the address does not', async () => {
      const failure = await failedStart(`redis://127.0.0.1:${tlsPort}`);
      expect(failure.error.code).to.equal('SLIPWAY_REDIS_TLS');
      expect(failure.error.message).to.contain('rediss://');
    });

    it('names TLS where the server does not speak it and waits on', async () => {
      const { error, ms } = await failedStart(server.url.replace('redis:', 'rediss:'), 300);
      expect(error.code).to.equal('SLIPWAY_REDIS_TIMEOUT');
      expect(error.message).to.contain('speaks TLS');
      expect(ms).to.be.within(200, 5000);
    });
  });

  it('says that the password is wrong', async () => {
    const url = locked.url.replace('//', `//:${password}-not@`);
    const failure = await failedStart(url);
    expectFailure(failure, 'SLIPWAY_REDIS_WRONG_PASSWORD', `${locked.url}/0`);
    expect((failure.error.cause as Error).message).to.match(/^WRONGPASS/);
  });

  it('says that a password is wanted', async () => {
    expectFailure(await failedStart(locked.url), 'SLIPWAY_REDIS_NO_AUTH', locked.url);
  });

  it('starts with the right password, by the default user or by name', async () => {
    for (const user of ['', 'default']) {
      await using client = new RedisClient({
        clientId: 'a',
        url: locked.url.replace('//', `//${user}:${password}@`),
      });
      await client.start();
      expect(await client.ping()).to.equal(true);
    }
  });

  it('says that the database does not exist, and writes nothing to another', async () => {
    const failure = await failedStart(`${open.url}/16`);
    expectFailure(failure, 'SLIPWAY_REDIS_DB_OUT_OF_RANGE', `${open.url}/16`);
  });

  it('uses the database of the URL', async () => {
    await using client = new RedisClient({ clientId: 'a', url: `${open.url}/7` });
    await using zero = new RedisClient({ clientId: 'b', url: open.url });
    await Promise.all([client.start(), zero.start()]);
    await client.setex('in-seven', 60, 'x');
    expect(await zero.get('in-seven')).to.equal(null);
    expect(await client.get('in-seven')).to.equal('x');
  });

  it('says that the server has no connection to spare, and starts once it has', async () => {
    const others = Array.from({ length: 4 }, () => new RedisClient({ clientId: 'other', url: open.url }));
    await Promise.all(others.map((other) => other.start()));
    expectFailure(await failedStart(open.url), 'SLIPWAY_REDIS_MAX_CLIENTS', open.url);
    await Promise.all(others.map((other) => other.stop()));
    await using client = new RedisClient({ clientId: 'a', url: open.url });
    await client.start();
  });

  it('gives up on a server that accepts and never answers, at the deadline', async () => {
    await using server = await startScriptedServer(() => {});
    const { error, ms } = await failedStart(server.url, 300);
    expect(error.code).to.equal('SLIPWAY_REDIS_TIMEOUT');
    expect(error.message).to.contain(server.url);
    expect(ms).to.be.within(290, 5000);
  });

  it('says that the server is loading its data, where that takes longer than the deadline', async () => {
    const loading = '-LOADING Redis is loading the dataset in memory\r\n';
    await using server = await startScriptedServer((socket, request) => {
      socket.write(request.includes('ping') ? loading : okForEach(request));
    });
    const { error, ms } = await failedStart(server.url, 300);
    expect(error.code).to.equal('SLIPWAY_REDIS_LOADING');
    expect(error.message).to.contain('loading the dataset');
    expect(ms).to.be.within(290, 5000);
  });

  it('waits for a server that has loaded its data in time', async () => {
    let pings = 0;
    await using server = await startScriptedServer((socket, request) => {
      const loading = request.includes('ping') && (pings += 1) < 3;
      socket.write(
        loading ? '-LOADING soon\r\n' : request.includes('ping') ? '+PONG\r\n' : okForEach(request),
      );
    });
    await using client = new RedisClient({ clientId: 'a', url: server.url });
    await client.start();
    expect(client.status.state).to.equal('ready');
    expect(pings).to.equal(3);
  });

  it('says that the server hung up during the handshake', async () => {
    await using server = await startScriptedServer((socket) => socket.end());
    const failure = await failedStart(server.url);
    expectFailure(failure, 'SLIPWAY_REDIS_UNREACHABLE', server.url);
  });

  it('says that what answers is no Redis', async () => {
    await using server = await startScriptedServer((socket) =>
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    const { error } = await failedStart(server.url);
    expect(error.code).to.equal('SLIPWAY_REDIS_UNREACHABLE');
  });

  it('may be called again, and succeeds once the server is there', async () => {
    const port = await freePort();
    await using client = new RedisClient({ clientId: 'orders-redis', url: `redis://127.0.0.1:${port}` });
    await redisErrorOf(client.start());
    await using server = await startRedis({ port });
    await client.start();
    expect(client.status).to.include({ state: 'ready' });
    expect(client.status.lastError).to.equal(undefined);
    await client.stop();
    expect(server.port).to.equal(port);
  });
});
