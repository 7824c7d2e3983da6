import { expect } from 'chai';
import { RedisClients, redisErrorOf, runOnce, timeSince, uniquePrefix } from '../../support/redis-helpers.js';
import { okForEach, startScriptedServer } from '../../support/scripted-server.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describe('RedisSession under faults', () => {
  const clients = new RedisClients();
  let key: string;
  let server: RunningRedis;
  let proxy: TcpProxy;

  before(async () => {
    server = await startRedis();
  });

  beforeEach(async () => {
    key = `${uniquePrefix()}key`;
    proxy = await TcpProxy.start(server.port);
  });

  afterEach(async () => {
    await clients[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  after(() => server[Symbol.asyncDispose]());

  it('resolves to null if watch() was refused, also when nobody waited for it', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
    await runOnce(server.url, 'acl', 'setuser', 'default', '-watch');
    try {
      await using session = await redis.session();
      const watching = redisErrorOf(session.watch(key));
      await session.multi();
      await session.setex(key, 60, 'ours');
      expect(await session.exec()).to.equal(null);
      expect((await watching).code).to.equal('SLIPWAY_REDIS_NO_PERMISSION');
      expect(await redis.get(key)).to.equal(null);
    } finally {
      await runOnce(server.url, 'acl', 'setuser', 'default', '+watch');
    }
  });

  it('settles within the deadline on a link that swallows everything', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`, { deadlineMs: 500 });
    await using session = await redis.session();
    await session.watch(key);
    proxy.blackHole();
    const readingSince = performance.now();
    const reading = session.get(key);
    expect(await timeSince(readingSince, reading)).to.be.within(490, 6000);
    expect((await redisErrorOf(reading)).code).to.equal('SLIPWAY_REDIS_TIMEOUT');
    await using other = await redis.session();
    const openingSince = performance.now();
    const opening = other.get(key);
    expect(await timeSince(openingSince, opening)).to.be.within(490, 6000);
    const { code } = await redisErrorOf(opening);
    expect(code).to.be.oneOf(['SLIPWAY_REDIS_TIMEOUT', 'SLIPWAY_REDIS_UNREACHABLE']);
  });

  it('applies nothing if the server refuses a command while it queues it, and says why', async () => {
    await using limited = await startRedis();
    await runOnce(limited.url, 'acl', 'setuser', 'writer', 'on', '>secret', '~open:*', '+@all');
    const writer = await clients.start(limited.url.replace('//', '//writer:secret@'));
    const session = await writer.session();
    await session.multi();
    await session.setex('open:a', 60, 'x');
    await session.setex('closed:b', 60, 'x');
    const error = await redisErrorOf(session.exec());
    expect(error.code).to.equal('SLIPWAY_REDIS_NO_PERMISSION');
    expect(error.maybeApplied).to.equal(false);
    expect(await writer.get('open:a')).to.equal(null);
    await writer.stop();
  });

  it('rejects if a command fails while EXEC runs, since the others were applied', async () => {
    await using scripted = await startScriptedServer((socket, request) => {
      if (request.includes('ping')) socket.write('+PONG\r\n');
      else if (request.includes('exec'))
        socket.write('+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n-OOM no memory\r\n');
      else socket.write(okForEach(request));
    });
    const redis = await clients.start(scripted.url);
    const session = await redis.session();
    await session.multi();
    await session.setex('a', 60, 'x');
    await session.setIfNotExists('b', 'x');
    const error = await redisErrorOf(session.exec());
    expect(error.code).to.equal('SLIPWAY_REDIS_COMMAND');
    expect(error.message).to.contain('SET, number 2').and.contain('OOM no memory');
    expect(error.maybeApplied).to.equal(true);
    await redis.stop();
  });

  it('takes a connection with its first command, and leaves it to the next', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`, { poolSize: 3 });
    const before = proxy.accepted;
    const sessions = await Promise.all([1, 2, 3].map(() => redis.session()));
    expect(proxy.accepted).to.equal(before);
    await Promise.all(sessions.map((session) => session.watch(key)));
    expect(proxy.accepted).to.equal(before + 3);
    await Promise.all(sessions.map((session) => session.close()));
    await using next = await redis.session();
    await next.watch(key);
    expect(proxy.accepted).to.equal(before + 3);
  });
});
