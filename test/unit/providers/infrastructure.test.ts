import { expect } from 'chai';
import { createStubInstance, stub } from 'sinon';
import {
  all,
  Application,
  AtomicRedisClientProtocol,
  Component,
  Health,
  infrastructure,
  KafkaBus,
  KafkaPublisherProtocol,
  LoggerFactory,
  loadSettings,
  Provider,
  RedisClient,
  RedisClientProtocol,
  RedisPubSubProtocol,
  RedisSession,
  Scope,
  token,
} from '../../../src/index.js';

const User = token<object>()('User');
const embedded = { SERVICE_NAME: 'desk', REDIS_URL: 'memory://', KAFKA_BOOTSTRAP_SERVERS: 'memory://' };

/** What `work` writes to stdout, as log lines. */
async function linesOf(work: () => Promise<void>): Promise<readonly Record<string, unknown>[]> {
  const write = stub(process.stdout, 'write').callsFake((_chunk: unknown, ...rest: unknown[]) => {
    const written = rest.find((each): each is () => void => typeof each === 'function');
    written?.();
    return true;
  });
  let chunks: readonly string[];
  try {
    await work();
  } finally {
    chunks = write.args.map(([chunk]) => String(chunk));
    write.restore();
  }
  const lines = chunks.join('').split('\n');
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Something of the service that depends on `key`. */
function userOf(key: Parameters<Provider['provide']>[0]) {
  return new Provider('user').provide(User, { scope: Scope.APP, inject: [key], create: () => ({}) });
}

describe('infrastructure', () => {
  it('gives one client under each of its protocols', async () => {
    const settings = loadSettings({ ...embedded, LOG_LEVEL: 'error' });
    await using app = await Application.start([infrastructure(settings)]);
    const redis = await app.get(RedisClientProtocol);
    expect(redis).to.be.instanceOf(RedisClient);
    expect(await app.get(AtomicRedisClientProtocol)).to.equal(redis);
    expect(await app.get(RedisPubSubProtocol)).to.equal((redis as RedisClient).pubsub);
    const kafka = await app.get(KafkaPublisherProtocol);
    expect(kafka).to.be.instanceOf(KafkaBus);
    expect(await app.get(RedisClient)).to.equal(redis);
    expect(await app.get(KafkaBus)).to.equal(kafka);
  });

  it('shows the health of what the service uses, and opens nothing else for it', async () => {
    const settings = loadSettings({ ...embedded, LOG_LEVEL: 'error' });
    const app = await Application.start([infrastructure(settings), userOf(RedisClientProtocol)]);
    const components = await app.get(all(Component));
    const states = (): unknown => components.map(({ name, status }) => [name, status.state]);
    expect(states()).to.deep.equal([
      ['redis', 'ready'],
      ['kafka', 'disabled'],
    ]);
    const health = await app.get(Health);
    expect(JSON.parse((await health.health()).body)).to.deep.include({
      status: 'healthy',
      services: { redis: 'healthy', kafka: 'disabled' },
    });
    expect((await health.readyz()).status).to.equal(200);
    expect(app.built(KafkaBus)).to.equal(undefined);
    await app.get(KafkaPublisherProtocol);
    expect((await health.health()).body).to.include('"kafka":"healthy"');
    await app.stop();
    expect(states()).to.deep.equal([
      ['redis', 'stopped'],
      ['kafka', 'stopped'],
    ]);
    expect((await health.readyz()).status).to.equal(503);
  });

  it('gives each request a session of its own, and closes it with the request', async () => {
    const settings = loadSettings({ ...embedded, LOG_LEVEL: 'error' });
    await using app = await Application.start([infrastructure(settings)]);
    const first = app.enter();
    await using second = app.enter();
    const session = await first.get(RedisSession);
    expect(session).to.not.equal(await second.get(RedisSession));
    await first.close();
    const refused = await session.get('a').catch((error: unknown) => error);
    expect(refused)
      .to.have.property('code')
      .that.matches(/^SLIPWAY_REDIS_/);
  });

  it('opens at start what the service depends on, and nothing else', async () => {
    const lines = await linesOf(async () => {
      const app = await Application.start([
        infrastructure(loadSettings(embedded)),
        userOf(RedisClientProtocol),
      ]);
      await app.stop();
    });
    const messages = lines.map(({ message }) => message);
    expect(messages).to.include('Redis connected');
    expect(messages).to.not.include('Kafka connected');
  });

  it('opens nothing that a test stands in for', async () => {
    const lines = await linesOf(async () => {
      const app = new Application([infrastructure(loadSettings(embedded)), userOf(RedisClientProtocol)], {
        overrides: [[RedisClientProtocol, createStubInstance(RedisClient)]],
      });
      await app.start();
      await app.stop();
    });
    expect(lines).to.deep.equal([]);
  });

  it('logs what reading the settings had to say', async () => {
    const lines = await linesOf(async () => {
      const settings = loadSettings({ ...embedded, KAFKA_ENABLE_AUTO_COMMIT: 'true' });
      const app = await Application.start([infrastructure(settings), userOf(LoggerFactory)]);
      await app.stop();
    });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'warn', service: 'desk', module: 'settings' });
    expect(lines[0]?.['message']).to.include('KAFKA_ENABLE_AUTO_COMMIT=true is not followed');
  });
});
