import { expect } from 'chai';
import {
  KafkaBus,
  type KafkaBusSettings,
  MemoryDriver,
  MemoryKafka,
  partitionOf,
  type PublishError,
  type SlipwayError,
} from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import { failureOf, publishFailureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';

/** What is said of settings that are wrong. */
function wrong(settings: KafkaBusSettings): string {
  try {
    void new KafkaBus(settings);
  } catch (error) {
    return (error as SlipwayError).message;
  }
  return 'accepted';
}

describe('KafkaBus', () => {
  let cluster: MemoryKafka;
  let bus: KafkaBus;

  beforeEach(() => {
    cluster = new MemoryKafka({ defaultPartitions: 4 });
    bus = new KafkaBus({ clientId: 'test', driver: new MemoryDriver(cluster) });
  });

  afterEach(() => bus.stop());

  describe('publish', () => {
    it('resolves with topic, partition and offset', async () => {
      await bus.start();
      const first = await bus.publish('events', numbered(1), { key: 'a' });
      const second = await bus.publish('events', numbered(2), { key: 'a' });

      const partition = partitionOf(Buffer.from('a'), 4);
      expect(first).to.deep.equal({ topic: 'events', partition, offset: '0' });
      expect(second).to.deep.equal({ topic: 'events', partition, offset: '1' });
    });

    it("sends the original's headers beside the caller's, which replace none of them", async () => {
      await bus.start();
      const envelope = { ...numbered(1), eventTimestamp: new Date('2025-07-20T14:47:20.418Z') };
      await bus.publish('events', envelope, { key: 'a', headers: { tenant: 'å', event_id: 'forged' } });

      const [record] = cluster.records('events');
      expect(record?.headers).to.deep.equal({
        tenant: 'å',
        event_id: envelope.eventId,
        event_type: 'test.numbered',
        correlation_id: envelope.correlationId,
        trace_id: envelope.correlationId,
        schema_version: '1',
        occurred_at: '2025-07-20T14:47:20.418000+00:00',
        content_type: 'application/json',
        source_service: 'census',
      });
    });

    it('sends no key for an empty one', async () => {
      await bus.start();
      await bus.publish('events', numbered(1), { key: '' });
      expect(cluster.records('events')[0]?.key).to.equal(null);
    });

    it('puts messages without a key of one batch into one partition, and the next batch into another', async () => {
      await bus.start();
      const first = await Promise.all([1, 2, 3].map((number) => bus.publish('events', numbered(number))));
      const second = await Promise.all([4, 5, 6].map((number) => bus.publish('events', numbered(number))));

      expect(new Set(first.map(({ partition }) => partition)).size).to.equal(1);
      expect(new Set(second.map(({ partition }) => partition)).size).to.equal(1);
      expect(second[0]?.partition).to.not.equal(first[0]?.partition);
    });

    it('is refused before start and after stop', async () => {
      const early = await publishFailureOf(bus.publish('events', numbered(1)));
      await bus.start();
      await bus.stop();
      const late = await publishFailureOf(bus.publish('events', numbered(2)));

      expect(early).to.deep.equal({ code: 'SLIPWAY_KAFKA_NOT_STARTED', outcome: 'not-written' });
      expect(late).to.deep.equal({ code: 'SLIPWAY_KAFKA_CLOSED', outcome: 'not-written' });
    });

    it('refuses an oversize message at once, and a name that is none', async () => {
      await bus.start();
      const large = { ...numbered(1), data: 'x'.repeat(1_000_000) };
      expect(await publishFailureOf(bus.publish('events', large))).to.deep.equal({
        code: 'SLIPWAY_KAFKA_TOO_LARGE',
        outcome: 'not-written',
      });
      expect(await publishFailureOf(bus.publish('no topic', numbered(1)))).to.deep.equal({
        code: 'SLIPWAY_KAFKA_REJECTED',
        outcome: 'not-written',
      });
      expect(cluster.topics()).to.deep.equal([]);
    });

    it('refuses an envelope that is no JSON, and stays usable', async () => {
      await bus.start();
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      const error = await failureOf(bus.publish('events', { ...numbered(1), data: circular }));
      expect((error as SlipwayError).code).to.equal('SLIPWAY_EVENT_INVALID');
      expect(bus.stats()).to.include({ buffered: 0, bufferedBytes: 0, failed: 1 });
      await bus.publish('events', numbered(2));
    });

    it('takes back a queued message whose signal aborts', async () => {
      await bus.start();
      cluster.stall();
      const abort = new AbortController();
      const kept = bus.publish('events', numbered(1), { key: 'a' });
      const withdrawn = bus.publish('events', numbered(2), { key: 'a', signal: abort.signal });
      abort.abort(new Error('caller left'));

      const error = (await failureOf(withdrawn)) as PublishError;
      expect(error).to.include({ code: 'SLIPWAY_KAFKA_ABORTED', outcome: 'not-written' });
      expect(error.cause).to.include({ message: 'caller left' });
      cluster.resume();
      await kept;
      expect(cluster.records('events')).to.have.length(1);
    });

    it('refuses a call whose signal has aborted already', async () => {
      await bus.start();
      const call = bus.publish('events', numbered(1), { signal: AbortSignal.abort() });
      expect(await publishFailureOf(call)).to.include({
        code: 'SLIPWAY_KAFKA_ABORTED',
        outcome: 'not-written',
      });
    });
  });

  describe('start and stop', () => {
    it('are idempotent, share concurrent calls, and start anew after a stop', async () => {
      await Promise.all([bus.start(), bus.start()]);
      await bus.start();
      expect(bus.status.state).to.equal('ready');
      await Promise.all([bus.stop(), bus.stop()]);
      await bus.stop();
      expect(bus.status.state).to.equal('stopped');
      await bus.start();
      await bus.publish('events', numbered(1));
      expect(bus.status.state).to.equal('ready');
    });

    it('stop waits for a start under way', async () => {
      const starting = bus.start();
      await Promise.all([starting, bus.stop()]);
      expect(bus.status.state).to.equal('stopped');
    });

    it('start names client, address and true cause when the port is closed, and leaves nothing open', async () => {
      const double = await KafkaWireDouble.start();
      const address = double.bootstrapServers;
      await double.refuse();
      const closed = new KafkaBus({ clientId: 'essays', bootstrapServers: address, startTimeoutMs: 300 });

      const error = (await failureOf(closed.start())) as SlipwayError;

      expect(error.code).to.equal('SLIPWAY_KAFKA_UNAVAILABLE');
      expect(error.message).to.contain('essays').and.to.contain(address).and.to.contain('ECONNREFUSED');
      expect(error.message).to.not.contain('KafkaJS');
      expect(error.cause).to.include({ code: 'ECONNREFUSED' });
      expect(closed.status).to.include({ state: 'stopped', lastError: error.message });
    });

    it('start fails in time when the server accepts and never answers', async () => {
      await using double = await KafkaWireDouble.start();
      double.stall();
      const silent = new KafkaBus({
        clientId: 'essays',
        bootstrapServers: double.bootstrapServers,
        startTimeoutMs: 200,
      });
      const error = (await failureOf(silent.start())) as SlipwayError;
      expect(error.code).to.equal('SLIPWAY_KAFKA_TIMEOUT');
      await until(() => double.openSockets === 0, 'the client has closed its sockets');
    });
  });

  describe('memory addresses', () => {
    it('memory:// is private, memory://name is shared in the process', async () => {
      await using shared = new KafkaBus({ clientId: 'a', bootstrapServers: 'memory://kafka-bus-test' });
      await using own = new KafkaBus({ clientId: 'b', bootstrapServers: ['memory://'] });
      await Promise.all([shared.start(), own.start()]);
      await shared.publish('events', numbered(1));
      await own.publish('events', numbered(2));
      expect(MemoryKafka.shared('kafka-bus-test').records('events')).to.have.length(1);
    });
  });

  describe('settings', () => {
    it('refuses addresses and numbers that are none', () => {
      expect(wrong({ clientId: 'a', bootstrapServers: 'kafka' })).to.contain('"kafka"');
      expect(wrong({ clientId: 'a', bootstrapServers: 'kafka://user:pass@host:1' })).to.not.contain('pass');
      expect(wrong({ clientId: 'a', bootstrapServers: [] })).to.contain('empty');
      expect(wrong({ clientId: 'a', bootstrapServers: 'memory://,a:1' })).to.contain('alone');
      expect(wrong({ clientId: '', bootstrapServers: 'a:1' })).to.contain('clientId');
      expect(wrong({ clientId: 'a', deliveryTimeoutMs: 0 })).to.contain('deliveryTimeoutMs is 0');
      expect(wrong({ clientId: 'a', bootstrapServers: 'a:1, b:2' })).to.equal('accepted');
      expect(wrong({ clientId: 'a' })).to.equal('accepted');
    });
  });
});
