import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  infrastructure,
  type KafkaDriver,
  KafkaBus,
  KafkaPublisherProtocol,
  loadSettings,
  MemoryDriver,
  silentLogger,
} from '../../../src/index.js';
import { testApplication } from '../../../src/testing/index.js';
import { TrackedDriver } from '../../../src/testing/tracking/tracked-driver.js';
import { Tracker } from '../../../src/testing/tracking/tracker.js';

const options = {
  clientId: 'test',
  connectTimeoutMs: 1_000,
  requestTimeoutMs: 1_000,
  retryBackoffMs: 10,
  logger: silentLogger,
};

describe(TrackedDriver.name, () => {
  it('describes the cluster by the names that its users know', async () => {
    const inner = new MemoryDriver();
    inner.cluster.createTopic('own.essays', 3);
    inner.cluster.createTopic('essays', 1);
    const driver = new TrackedDriver(inner, 'own.', new Tracker());
    const found = await driver.describeCluster?.(options, ['essays', 'missing']);
    expect(found?.topics.map(({ name, partitions }) => [name, partitions.length])).to.deep.equal([
      ['essays', 3],
    ]);
  });

  it('asks and describes only where the driver can', () => {
    const inner: KafkaDriver = {
      name: 'mine',
      address: 'mine:9092',
      createProducer: () => ({ ...new MemoryDriver().createProducer(), ping: undefined }) as never,
    };
    const driver = new TrackedDriver(inner, '', new Tracker());
    expect(driver.createProducer(options)).to.include({ ping: undefined });
    expect(driver).to.include({ describeCluster: undefined });
  });

  it('lets the bus of a test application notice a broker that stands still', async () => {
    const clock = sinon.useFakeTimers();
    try {
      const clients = infrastructure(loadSettings({ SERVICE_NAME: 'test' }));
      await using app = await testApplication([clients], { servers: 'memory' });
      await app.get(KafkaPublisherProtocol);
      const bus = await app.get(KafkaBus);
      const states = [bus.status.state];
      app.kafka.stall();
      await clock.tickAsync(15_000);
      states.push(bus.status.state);
      app.kafka.resume();
      expect(states).to.deep.equal(['ready', 'unavailable']);
    } finally {
      clock.restore();
    }
  });
});
