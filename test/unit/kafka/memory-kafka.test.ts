import { expect } from 'chai';
import { KafkaBus, MemoryDriver, MemoryKafka, type StoredRecord } from '../../../src/index.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { publishFailureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';

describe('MemoryKafka', () => {
  let cluster: MemoryKafka;
  let bus: KafkaBus;

  beforeEach(async () => {
    cluster = new MemoryKafka();
    bus = new KafkaBus({
      clientId: 'test',
      driver: new MemoryDriver(cluster),
      retryBackoffMs: 5,
      deliveryTimeoutMs: 200,
    });
    await bus.start();
  });

  afterEach(() => bus.stop());

  it('gives records by topic, partition and offset, and tells of new ones', async () => {
    cluster.createTopic('events', 2);
    const told: StoredRecord[] = [];
    const end = cluster.onAppend((record) => told.push(record));
    await Promise.all(
      ['a', 'b', 'c', 'd'].map((key, number) => bus.publish('events', numbered(number), { key })),
    );
    end();
    await bus.publish('events', numbered(9), { key: 'a' });

    expect(cluster.partitions('events')).to.equal(2);
    expect(cluster.records('events')).to.have.length(5);
    expect(told).to.have.length(4);
    const first = cluster.read('events', 0, 0n, 1);
    expect(first.map(({ offset }) => offset)).to.deep.equal([0n]);
    expect(cluster.read('events', 0, 1n).every(({ offset }) => offset >= 1n)).to.equal(true);
    expect(cluster.read('absent', 0)).to.deep.equal([]);
  });

  it('stores once what is sent again after a lost acknowledgement', async () => {
    cluster.loseAcks(3);
    await Promise.all([1, 2, 3].map((number) => bus.publish('events', numbered(number), { key: 'a' })));
    expect(takeCensus([1, 2, 3], cluster.records('events'))).to.include({
      stored: 3,
      lost: 0,
      duplicated: 0,
    });
    expect(bus.stats().retries).to.equal(3);
  });

  it('refuses, so that publishes end as not written, and serves again', async () => {
    cluster.refuse(true);
    expect(await publishFailureOf(bus.publish('events', numbered(1)))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_UNAVAILABLE',
      outcome: 'not-written',
    });
    cluster.refuse(false);
    await bus.publish('events', numbered(2));
    expect(cluster.records('events')).to.have.length(1);
  });

  it('stalls and resumes', async () => {
    cluster.stall();
    cluster.stall();
    let done = false;
    const call = bus.publish('events', numbered(1)).then(() => (done = true));
    await until(() => bus.stats().buffered === 1, 'the message is accepted');
    expect(done).to.equal(false);
    cluster.resume();
    await call;
  });

  it('knows no topic that was not created where that is asked for', async () => {
    const strict = new MemoryKafka({ autoCreateTopics: false });
    await using other = new KafkaBus({
      clientId: 'test',
      driver: new MemoryDriver(strict),
      deliveryTimeoutMs: 50,
    });
    await other.start();
    expect(await publishFailureOf(other.publish('events', numbered(1)))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_UNKNOWN_TOPIC',
      outcome: 'not-written',
    });
  });
});
