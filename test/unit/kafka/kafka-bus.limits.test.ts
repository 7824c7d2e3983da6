import { expect } from 'chai';
import { KafkaBus, MemoryDriver, MemoryKafka } from '../../../src/index.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import { publishFailureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';
import { scene } from '../../support/kafka/scene.js';
import { kafkaErrors } from '../../support/kafka/wire-log.js';

describe('KafkaBus limits and state', () => {
  describe('the buffer', () => {
    it('holds no more than its limit, lets in as they came, and fails after maxBlockMs', async () => {
      const cluster = new MemoryKafka();
      await using bus = new KafkaBus({
        clientId: 'test',
        driver: new MemoryDriver(cluster),
        maxBufferedBytes: 20_000,
        maxBlockMs: 100,
        drainTimeoutMs: 100,
      });
      await bus.start();
      cluster.stall();
      const calls = Array.from({ length: 100 }, (_, index) =>
        bus.publish('events', numbered(index), { key: 'a' }),
      );
      const settled = Promise.allSettled(calls);
      const { buffered, bufferedBytes, waiting } = bus.stats();
      expect(bufferedBytes).to.be.within(20_000, 21_000);
      expect(waiting).to.equal(100 - buffered);
      await until(() => bus.stats().waiting === 0, 'those that wait have given up');
      cluster.resume();
      const failures = (await settled).filter((result) => result.status === 'rejected');
      expect(failures).to.have.length(waiting);
      for (const { reason } of failures) {
        expect(reason).to.include({
          code: 'SLIPWAY_KAFKA_BUFFER_FULL',
          outcome: 'not-written',
          retryable: true,
        });
      }
    });

    it('keeps the order of the calls when most of them wait', async () => {
      const cluster = new MemoryKafka();
      await using bus = new KafkaBus({
        clientId: 'test',
        driver: new MemoryDriver(cluster),
        maxBufferedBytes: 20_000,
      });
      await bus.start();
      const numbers = Array.from({ length: 500 }, (_, index) => index);
      await Promise.all(numbers.map((number) => bus.publish('events', numbered(number), { key: 'a' })));
      expect(takeCensus(numbers, cluster.records('events'))).to.include({
        stored: 500,
        lost: 0,
        inversions: 0,
      });
      expect(bus.stats()).to.include({ buffered: 0, bufferedBytes: 0, waiting: 0, inFlight: 0 });
    });

    it('lets a caller that waits leave by its signal', async () => {
      const cluster = new MemoryKafka();
      await using bus = new KafkaBus({
        clientId: 'test',
        driver: new MemoryDriver(cluster),
        maxBufferedBytes: 1,
      });
      await bus.start();
      cluster.stall();
      const first = bus.publish('events', numbered(1));
      const abort = new AbortController();
      const second = publishFailureOf(bus.publish('events', numbered(2), { signal: abort.signal }));
      abort.abort();
      expect(await second).to.deep.equal({ code: 'SLIPWAY_KAFKA_ABORTED', outcome: 'not-written' });
      cluster.resume();
      await first;
    });
  });

  describe('stop', () => {
    it('with 1000 in flight loses none and leaves no socket', async () => {
      await using double = await KafkaWireDouble.start({ topics: { events: 4, other: 1 } });
      const bus = new KafkaBus({ clientId: 'test', bootstrapServers: double.bootstrapServers });
      await bus.start();
      const calls = Array.from({ length: 1_000 }, (_, index) =>
        bus.publish(index % 10 === 0 ? 'other' : 'events', numbered(index), { key: `key-${index % 7}` }),
      );
      await bus.stop();
      await Promise.all(calls);
      const records = [...double.records('events'), ...double.records('other')];
      expect(takeCensus(Array.from({ length: 1_000 }).keys(), records)).to.include({
        lost: 0,
        duplicated: 0,
      });
      await until(() => double.openSockets === 0, 'no socket is open');
      expect(bus.stats().undelivered).to.deep.equal({ notWritten: 0, unknown: 0 });
    });

    it('at its deadline rejects what is left, tells how much, and leaves no socket', async () => {
      await using double = await KafkaWireDouble.start({ topics: { events: 1 } });
      const bus = new KafkaBus({
        clientId: 'test',
        bootstrapServers: double.bootstrapServers,
        drainTimeoutMs: 100,
      });
      await bus.start();
      await bus.publish('events', numbered(0));
      double.fault = () => 'swallow-ack';
      const requests = double.produceRequests;
      const sent = publishFailureOf(bus.publish('events', numbered(1)));
      await until(() => double.produceRequests > requests, 'the request has arrived');
      const queued = publishFailureOf(bus.publish('events', numbered(2)));
      await bus.stop();
      expect(await sent).to.deep.equal({ code: 'SLIPWAY_KAFKA_CLOSED', outcome: 'unknown' });
      expect(await queued).to.deep.equal({ code: 'SLIPWAY_KAFKA_CLOSED', outcome: 'not-written' });
      expect(bus.stats().undelivered).to.deep.equal({ notWritten: 1, unknown: 1 });
      await until(() => double.openSockets === 0, 'no socket is open');
    });
  });

  describe('status', () => {
    it('follows Kafka going and coming back while nobody publishes', async () => {
      await using on = await scene({});
      const { bus, double } = on;
      expect(bus.status).to.include({ state: 'ready', reconnects: 0 });
      await double.refuse();
      await until(() => bus.status.state === 'unavailable', 'the bus knows that Kafka is gone');
      expect(bus.status.lastError).to.contain('SLIPWAY_KAFKA_UNAVAILABLE').and.to.contain('ECONNREFUSED');
      await double.listen();
      await until(() => bus.status.state === 'ready', 'the bus knows that Kafka is back');
      expect(bus.status.reconnects).to.equal(1);
      expect(bus.status.lastError).to.equal(undefined);
      await bus.publish('events', numbered(1));
    });

    it('is ready again when Kafka is back, whatever failed meanwhile, and after a refusal', async () => {
      await using on = await scene({}, { deliveryTimeoutMs: 100 });
      const { bus, double } = on;
      await double.refuse();
      await publishFailureOf(bus.publish('events', numbered(1)));
      await until(() => bus.status.state === 'unavailable', 'the bus knows that Kafka is gone');
      await double.listen();
      await until(() => bus.status.state === 'ready', 'the bus knows that Kafka is back');
      double.fault = () => kafkaErrors.topicAuthorizationFailed;
      await publishFailureOf(bus.publish('events', numbered(2)));
      expect(bus.status.state).to.equal('ready');
    });

    it('is degraded while a topic cannot be delivered to', async () => {
      await using on = await scene({});
      const { bus, double } = on;
      double.fault = () => kafkaErrors.leaderNotAvailable;
      const call = bus.publish('events', numbered(1));
      await until(() => bus.status.state === 'degraded', 'the bus knows that it fails');
      double.fault = () => undefined;
      await call;
      expect(bus.status.state).to.equal('ready');
    });
  });
});
