import { expect } from 'chai';
import { KafkaBus, MemoryDriver, MemoryKafka, type StoredRecord } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
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
});
