import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  Application,
  consume,
  containerEvents,
  EventConsumer,
  Health,
  httpStatusOf,
  infrastructure,
  KafkaBus,
  KafkaPublisherProtocol,
  loadSettings,
  MemoryKafka,
  Provider,
  PublishError,
  RedisClient,
  RedisError,
  RedisPubSubProtocol,
  type ReleaseEvent,
  Scope,
  StartError,
  token,
} from '../../../src/index.js';
import { rejection } from '../../support/container/failure.js';
import { Counted, counted } from '../../support/kafka/consuming.js';
import { until } from '../../support/until.js';

const User = token<object>()('User');

/** A service that uses Redis, publishes and consumes, on embedded servers of its own. */
function service(env: Readonly<Record<string, string>> = {}) {
  const name = randomUUID();
  const kafka = MemoryKafka.shared(name);
  const redis = new RedisClient({ clientId: 'test', url: `memory://${name}` }).memory;
  if (redis === undefined) throw new Error('Redis is not embedded.');
  const settings = loadSettings({
    SERVICE_NAME: 'desk',
    LOG_LEVEL: 'error',
    KAFKA_BOOTSTRAP_SERVERS: `memory://${name}`,
    KAFKA_AUTO_OFFSET_RESET: 'earliest',
    REDIS_URL: `memory://${name}`,
    ...env,
  });
  const handled: number[] = [];
  const user = new Provider('user')
    .provide(User, {
      scope: Scope.APP,
      inject: [RedisPubSubProtocol, KafkaPublisherProtocol, Health],
      create: () => ({}),
    })
    .include(consume(Counted, ({ data }) => void handled.push(data.number)));
  return { app: new Application([infrastructure(settings), user]), kafka, redis, handled };
}

const optional = { REDIS_REQUIRED: 'false', KAFKA_REQUIRED: 'false' };

describe('clients of the infrastructure', () => {
  describe('that may be away', () => {
    it('let the application start, fail calls at once, and are there without a restart', async () => {
      const { app, kafka, redis, handled } = service(optional);
      redis.faults.refuse();
      kafka.refuse(true);
      await app.start();
      const [client, bus, consumer] = [
        app.getSync(RedisClient),
        app.getSync(KafkaBus),
        app.getSync(EventConsumer),
      ];
      const health = app.getSync(Health);
      expect([client, bus, consumer].map(({ status }) => status.state)).to.deep.equal([
        'unavailable',
        'unavailable',
        'unavailable',
      ]);
      expect((await health.readyz()).status).to.equal(200);
      expect(JSON.parse((await health.health()).body)).to.include({ status: 'unhealthy' });
      expect(client.status.lastError).to.include('SLIPWAY_REDIS_');

      const calls = [
        () => client.get('a'),
        () => client.ping(),
        () => client.publish('a', 'b'),
        () => client.subscribe('a'),
        () => client.session(),
        () => client.transaction(['a'], () => 1),
        () => client.blpop(['a'], 1),
        () => client.scanPattern('*'),
      ];
      for (const call of calls) {
        const error = await rejection(RedisError, call());
        expect(error.code).to.equal('SLIPWAY_REDIS_UNREACHABLE');
        expect(error.message).to.include('since its start');
        expect(httpStatusOf(error)).to.equal(503);
      }
      const refused = await rejection(PublishError, bus.publish('counted', counted(1)));
      expect(refused).to.include({ code: 'SLIPWAY_KAFKA_UNAVAILABLE', outcome: 'not-written' });

      redis.faults.refuse(false);
      kafka.refuse(false);
      await until(() => client.status.state === 'ready', 'Redis is found');
      await until(() => bus.status.state === 'ready', 'Kafka is found');
      await client.set('a', '1');
      expect(client.status).to.not.have.property('lastError');
      await bus.publish('counted', counted(2));
      await until(() => handled.length === 1, 'the event is handled');
      await until(() => consumer.status.state === 'ready', 'the consumer is ready');
      expect(handled).to.deep.equal([2]);
      expect(client.status.reconnects).to.equal(0);
      await app.stop();
      expect([client, bus, consumer].map(({ status }) => status.state)).to.deep.equal([
        'stopped',
        'stopped',
        'stopped',
      ]);
    });

    it('can be stopped while they are sought, and say then that they are stopped', async () => {
      const { app, kafka, redis } = service(optional);
      redis.faults.refuse();
      kafka.refuse(true);
      await app.start();
      const client = app.getSync(RedisClient);
      const bus = app.getSync(KafkaBus);
      await app.stop();
      expect([client.status.state, bus.status.state]).to.deep.equal(['stopped', 'stopped']);
      expect((await rejection(RedisError, client.get('a'))).code).to.equal('SLIPWAY_REDIS_STOPPED');
      expect((await rejection(PublishError, bus.publish('counted', counted(1)))).code).to.equal(
        'SLIPWAY_KAFKA_CLOSED',
      );
    });
  });

  it('that are required fail the start', async () => {
    const { app, redis } = service();
    redis.faults.refuse();
    const error = await rejection(StartError, app.start());
    expect(error.token).to.equal('RedisClient');
  });

  it('that are switched off connect to nothing, and every call says so', async () => {
    const { app, kafka, redis, handled } = service({ REDIS_ENABLED: 'false', KAFKA_ENABLED: 'false' });
    redis.faults.refuse();
    kafka.refuse(true);
    await app.start();
    const health = app.getSync(Health);
    expect(JSON.parse((await health.health()).body)).to.deep.include({
      status: 'healthy',
      services: { redis: 'disabled', kafka: 'disabled', 'kafka-consumer': 'disabled' },
    });
    expect((await health.readyz()).status).to.equal(200);
    expect((await health.redis()).status).to.equal(200);
    const refused = await rejection(RedisError, app.getSync(RedisClient).get('a'));
    expect(refused.code).to.equal('SLIPWAY_REDIS_DISABLED');
    const unsent = await rejection(PublishError, app.getSync(KafkaBus).publish('counted', counted(1)));
    expect(unsent.code).to.equal('SLIPWAY_KAFKA_DISABLED');
    await app.stop();
    expect(handled).to.deep.equal([]);
  });

  it('are closed in this order: the consumer, then the producer, then Redis', async () => {
    const { app } = service();
    await app.start();
    const released: string[] = [];
    const onRelease = (event: unknown): void => void released.push((event as ReleaseEvent).token);
    containerEvents.release.subscribe(onRelease);
    await app.stop();
    containerEvents.release.unsubscribe(onRelease);
    const clients = ['EventConsumer', 'KafkaBus', 'RedisClient'];
    expect(released.filter((name) => clients.includes(name))).to.deep.equal(clients);
  });

  it('tell Redis its version, clients and memory on the health page', async () => {
    const { app } = service();
    await app.start();
    const { body } = await app.getSync(Health).redis();
    const shown = JSON.parse(body) as Record<string, unknown>;
    expect(shown).to.include({ status: 'healthy', version: '7.0.15' });
    expect(shown['connected_clients']).to.be.a('number');
    expect(shown['used_memory_human']).to.match(/^[\d.]+M$/);
    await app.stop();
  });
});
