import { expect } from 'chai';
import { Redis } from 'ioredis';
import { redisUrl } from '../../support/servers/addresses.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';

async function withClient<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

describe('startRedis', () => {
  let server: RunningRedis;

  before(async () => {
    server = await startRedis({ config: { maxmemory: '50mb' } });
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('gives the run a Redis 7 of its own', async () => {
    const info = await withClient(redisUrl(), (client) => client.info('server'));
    expect(info).to.match(/redis_version:7\./);
  });

  it('passes configuration on', async () => {
    const value = await withClient(server.url, (client) => client.config('GET', 'maxmemory'));
    expect(value).to.deep.equal(['maxmemory', String(50 * 1024 * 1024)]);
  });

  it('keeps port and data through kill and restart', async () => {
    await withClient(server.url, (client) => client.set('kept', 'yes'));
    const { port, pid } = server;

    await server.kill();
    expect(() => server.pid).to.throw('is not running');
    await server.restart();

    expect(server.port).to.equal(port);
    expect(server.pid).to.not.equal(pid);
    expect(await withClient(server.url, (client) => client.get('kept'))).to.equal('yes');
  });

  it('answers nothing while paused', async () => {
    await withClient(server.url, async (client) => {
      await client.ping();
      const order: string[] = [];
      server.pause();
      const reply = client.ping().then(() => order.push('reply'));
      await withTimers(() => order.push('resumed'));
      server.resume();
      await reply;
      expect(order).to.deep.equal(['resumed', 'reply']);
    });
  });

  it('reports a server that does not start with its last words', async () => {
    const failure = await startRedis({ config: { maxmemory: 'nonsense' } }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.an.instanceOf(Error);
    expect(String(failure)).to.match(/did not start: it ended with exit code 1[^]*maxmemory/);
  });
});

/** Long enough for a reply on loopback, had the server been awake. */
async function withTimers(then: () => void): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  then();
}
