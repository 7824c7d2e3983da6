import { inspect } from 'node:util';
import { expect } from 'chai';
import { RedisError, type SlipwayError } from '../../../src/index.js';
import { type Component } from '../../../src/protocols/component.js';
import { type LogContext, type LoggerFactory, silentLogger } from '../../../src/protocols/logger.js';
import type { AtomicRedisClientProtocol } from '../../../src/protocols/redis.js';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { redisErrorOf } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

interface Line {
  readonly level: string;
  readonly module: string;
  readonly message: string;
  readonly context: LogContext | undefined;
}

function recorder(): { readonly lines: Line[]; readonly createLogger: LoggerFactory } {
  const lines: Line[] = [];
  const createLogger: LoggerFactory = (module) => {
    const log = (level: string) => (message: string, context?: LogContext) =>
      void lines.push({ level, module, message, context });
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  };
  return { lines, createLogger };
}

describe(RedisClient.name, () => {
  it('is what services depend on, and a component', () => {
    const client: AtomicRedisClientProtocol & Component = new RedisClient({
      clientId: 'a',
      url: 'memory://',
    });
    expect(client.name).to.equal('redis');
    expect(client.status.state).to.equal('stopped');
    expect(client.status.since).to.be.instanceOf(Date);
  });

  for (const [field, settings] of [
    ['clientId', { clientId: '', url: 'memory://' }],
    ['url', { clientId: 'a', url: 'nonsense' }],
    ['deadlineMs', { clientId: 'a', url: 'memory://', deadlineMs: 0 }],
    ['deadlineMs', { clientId: 'a', url: 'memory://', deadlineMs: Number.NaN }],
    ['deadlineMs', { clientId: 'a', url: 'memory://', deadlineMs: 2 ** 31 }],
    ['maxValueBytes', { clientId: 'a', url: 'memory://', maxValueBytes: 0 }],
    ['maxValueBytes', { clientId: 'a', url: 'memory://', maxValueBytes: 2 ** 30 }],
  ] as const) {
    it(`refuses ${inspect(settings)} and names ${field}`, () => {
      expect(() => new RedisClient(settings))
        .to.throw(RedisError)
        .that.satisfies(
          (error: SlipwayError) =>
            error.code === 'SLIPWAY_REDIS_SETTINGS' && error.context['field'] === field,
        );
    });
  }

  it('logs its life at info and its operations at debug, with client id, without values', async () => {
    const { lines, createLogger } = recorder();
    const client = new RedisClient({ clientId: 'orders-redis', url: 'memory://' }, createLogger);
    await client.start();
    await client.setex('session:1', 60, 'hunter2');
    await client.get('session:1');
    await client.publish('news', 'hunter2');
    await client.executeScript('0'.repeat(40), [], ['hunter2']).catch(() => {});
    for await (const key of client.scan('session:*')) expect(key).to.equal('session:1');
    await client.stop();
    const summary = lines.map(({ level, module, message }) => `${level} ${module}: ${message}`);
    expect(summary).to.deep.equal([
      'info redis: Redis connected',
      'debug redis: Redis setex',
      'debug redis: Redis get',
      'debug redis: Redis publish',
      'debug redis: Redis executeScript',
      'debug redis: Redis scan',
      'info redis: Redis disconnected',
    ]);
    for (const { context } of lines) expect(context).to.include({ clientId: 'orders-redis' });
    expect(lines.map(({ context }) => context?.['key']).filter(Boolean)).to.deep.equal([
      'session:1',
      'session:1',
      'session:*',
    ]);
    expect(inspect(lines)).to.not.contain('hunter2');
  });

  it('logs a lost connection and its return once, and each new reason in between once', async () => {
    const { lines, createLogger } = recorder();
    const client = new RedisClient({ clientId: 'a', url: 'memory://' }, createLogger);
    await client.start();
    client.memory?.faults.refuse();
    client.memory?.faults.cut();
    await until(() => lines.filter(({ message }) => message === 'Redis reconnect failed').length >= 3);
    client.memory?.faults.refuse(false);
    await until(() => client.status.state === 'ready');
    await client.stop();
    const told = lines
      .filter(({ level }) => level !== 'debug')
      .map(({ level, message }) => `${level} ${message}`);
    expect(told).to.deep.equal([
      'info Redis connected',
      'warn Redis connection lost',
      'warn Redis reconnect failed',
      'info Redis connection restored',
      'info Redis disconnected',
    ]);
  });

  it('does not blame a fresh connection for a command that has waited for it', async () => {
    const deadlineMs = 1_000;
    let isStalling = true;
    // From the moment in which what has waited is sent, nothing is answered.
    const info = (message: string): void => {
      if (message === 'Redis connection restored' && isStalling) client.memory?.faults.stall();
    };
    const settings = { clientId: 'a', url: 'memory://', deadlineMs };
    const client: RedisClient = new RedisClient(settings, () => ({ ...silentLogger, info }));
    await client.start();
    client.memory?.faults.refuse();
    client.memory?.faults.cut();
    await until(() => client.status.state === 'unavailable');
    const waiting = redisErrorOf(client.get('k'));
    // So the connection has less than half a deadline for the answer, however busy the machine is.
    setTimeout(() => client.memory?.faults.refuse(false), 0.6 * deadlineMs);
    const { code } = await waiting;
    // The other one where no attempt to connect came in time.
    expect(code).to.be.oneOf(['SLIPWAY_REDIS_TIMEOUT', 'SLIPWAY_REDIS_UNREACHABLE']);
    isStalling = false;
    client.memory?.faults.resume();
    expect(await client.ping()).to.equal(true);
    expect(client.status.reconnects).to.equal(1);
    await client.stop();
  });

  it('tells since when it is in its state', async () => {
    const client = new RedisClient({ clientId: 'a', url: 'memory://' });
    const begin = Date.now();
    await client.start();
    const { since } = client.status;
    expect(since.getTime()).to.be.at.least(begin);
    await client.ping();
    expect(client.status.since).to.equal(since);
    await client.stop();
    expect(client.status.since).to.not.equal(since);
  });
});
