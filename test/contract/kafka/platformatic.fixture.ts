import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import {
  EventConsumer,
  KafkaBus,
  type KafkaBusSettings,
  PlatformaticDriver,
  silentLogger,
} from '../../../src/index.js';
import { slipwayCheck } from '../../support/cli.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { FaultProxy } from '../../support/kafka/fault-proxy.js';
import { readTopic } from '../../support/kafka/read-topic.js';
import { until } from '../../support/until.js';
import { password, startSecureKafka, user } from '../../support/kafka/secure-kafka.js';
import { startKafka } from '../../support/servers/kafka-server.js';
import { consumerPortContract, type ConsumersUnderTest } from './consumer-port.contract.js';
import { type PortUnderTest, producerPortContract } from './producer-port.contract.js';
import { createTopics, growTopic } from '../../support/kafka/topics.js';

interface Cluster extends PortUnderTest, ConsumersUnderTest {
  readonly brokers: string;
  readonly brokerPort: number;
  readonly proxy: FaultProxy;
}

async function start(): Promise<Cluster> {
  let brokerPort = 0;
  const proxy = await FaultProxy.start(() => brokerPort);
  const brokers = `127.0.0.1:${proxy.port}`;
  const server = await startKafka({
    properties: { 'advertised.listeners': `PLAINTEXT://${brokers}`, 'num.partitions': '4' },
  });
  brokerPort = server.port;
  const admin = new Kafka({ clientId: 'admin', brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return {
    brokers,
    brokerPort,
    proxy,
    driver: new PlatformaticDriver([brokers]),
    createTopic: async (partitions) => {
      const topic = randomUUID();
      await createTopics(admin, [{ topic, numPartitions: partitions }]);
      return topic;
    },
    growTopic: (topic, partitions) => growTopic(admin, topic, partitions),
    read: async (topic, count) => {
      const records = await readTopic([brokers], topic, count);
      return records.map(({ offset: _offset, ...rest }) => rest);
    },
    loseNextAck: () => {
      let lost = false;
      proxy.losesAck = () => {
        if (lost) return false;
        lost = true;
        return true;
      };
    },
    cut: () => proxy.cut(),
    silence: (isSilent) => proxy.silence(isSilent),
    close: async () => {
      await admin.disconnect();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The states of a bus that nobody publishes to: at first, while its broker is frozen, and after. */
async function statesAroundAFreeze(brokerPort: number): Promise<readonly string[]> {
  await using proxy = await FaultProxy.start(() => brokerPort);
  const driver = new PlatformaticDriver([`127.0.0.1:${proxy.port}`]);
  await using bus = new KafkaBus({ clientId: 'frozen', driver });
  await bus.start();
  const states: string[] = [bus.status.state];
  proxy.silence();
  await until(() => bus.status.state !== 'ready', 'the silence is noticed', 30_000);
  states.push(bus.status.state);
  proxy.silence(false);
  await until(() => bus.status.state === 'ready', 'it is ready again', 30_000);
  return [...states, bus.status.state];
}

// On the Node that @platformatic/kafka needs: started by platformatic.test.ts.
describe('@platformatic/kafka', function () {
  // The first hook starts a broker.
  this.timeout(120_000);
  let started: Promise<Cluster> | undefined;

  /** One cluster for all suites. */
  async function shared(): Promise<Cluster> {
    started ??= start();
    return { ...(await started), close: () => Promise.resolve() };
  }

  after(async () => (await started)?.close());

  producerPortContract('platformatic on Apache Kafka', shared, { losesAcks: true, hurts: true });
  consumerPortContract('platformatic on Apache Kafka', shared);

  describe('PlatformaticDriver', () => {
    it('begins each client with another address, for the first may be silent', async () => {
      const { brokers, brokerPort } = await shared();
      await using silent = await FaultProxy.start(() => brokerPort);
      silent.silence();
      const driver = new PlatformaticDriver([`127.0.0.1:${silent.port}`, brokers]);
      const options = {
        clientId: 'addresses',
        connectTimeoutMs: 3_000,
        requestTimeoutMs: 60_000,
        retryBackoffMs: 20,
        logger: silentLogger,
      };
      const first = driver.createProducer(options);
      const connecting = first.connect().catch(() => undefined);
      expect((await driver.describeCluster(options)).brokers).to.deep.equal([
        { id: 1, host: '127.0.0.1', port: Number(brokers.split(':')[1]) },
      ]);
      await first.kill();
      await connecting;
    });

    it('lets slipway check go all its steps', async () => {
      const cluster = await shared();
      const topic = await cluster.createTopic(1);
      const { checks } = await slipwayCheck(['--only', 'kafka', '--topic', topic, '--timeout', '20000'], {
        KAFKA_DRIVER: 'platformatic',
        KAFKA_BOOTSTRAP_SERVERS: cluster.brokers,
      });
      expect(checks.filter(({ status }) => status !== 'ok')).to.deep.equal([]);
    });
  });

  describe('EventConsumer on @platformatic/kafka', function () {
    this.timeout(60_000);
    let cluster: Cluster;
    let bus: KafkaBus;

    before(async () => {
      cluster = await shared();
      bus = new KafkaBus({ clientId: 'publisher', bootstrapServers: cluster.brokers });
      await bus.start();
    });

    after(() => bus.stop());

    /** A consumer of all of `topic`, and the numbers it was given. */
    async function consume(topic: string): Promise<{ consumer: EventConsumer; seen: readonly number[] }> {
      const seen: number[] = [];
      const consumer = new EventConsumer({
        groupId: randomUUID(),
        driver: cluster.driver,
        autoOffsetReset: 'earliest',
        commitIntervalMs: 50,
        retryBackoffMs: 20,
      });
      consumer.subscribe(topic, ({ data }) => void seen.push((data as { number: number }).number));
      await consumer.start();
      return { consumer, seen };
    }

    it('sees of transactions what is committed, of several between two fetches too', async () => {
      const topic = await cluster.createTopic(1);
      const attempt = (number: number, isCommitted: boolean): Promise<unknown> =>
        bus
          .transaction(async (tx) => {
            await tx.publish(topic, numbered(number), { key: 'k' });
            if (!isCommitted) throw new RangeError('no');
          })
          .catch(() => undefined);
      for (const number of [1, 2, 3, 4, 5, 6]) await attempt(number, number % 3 === 0);
      const { consumer, seen } = await consume(topic);
      await bus.publish(topic, numbered(7), { key: 'k' });
      await until(() => seen.length >= 3, 'the committed are read', 15_000);
      await until(() => consumer.stats().partitions[0]?.lag === 0, 'nothing is left', 15_000);
      await consumer.stop();
      expect(seen).to.deep.equal([3, 6, 7]);
    });

    it('goes on after its connections were cut, in order and without a gap', async () => {
      const topic = await cluster.createTopic(2);
      const { consumer, seen } = await consume(topic);
      let number = 0;
      for (let round = 1; round <= 3; round += 1) {
        const last = round * 20;
        while (number < last) await bus.publish(topic, numbered(++number), { key: 'k' });
        cluster.proxy.cut();
        await until(() => seen.includes(last), `round ${round} is read`, 30_000);
      }
      await consumer.stop();
      const first = [...new Set(seen)];
      expect(first).to.deep.equal(Array.from({ length: number }, (_, index) => index + 1));
    });
  });

  describe('KafkaBus on @platformatic/kafka', function () {
    this.timeout(60_000);
    let cluster: Cluster;
    let frozen: Promise<readonly string[]>;

    before(async () => {
      cluster = await shared();
      // It takes seconds: the other tests run meanwhile.
      frozen = statesAroundAFreeze(cluster.brokerPort);
      frozen.catch(() => undefined);
    });

    it('loses and duplicates nothing while acknowledgements get lost, with gzip', async () => {
      const topic = `lost-acks-${randomUUID()}`;
      cluster.proxy.losesAck = (count) => count % 10 === 0;
      const lostBefore = cluster.proxy.lostAcks;
      await using bus = new KafkaBus({ clientId: 'faults', driver: cluster.driver, compression: 'gzip' });
      await bus.start();
      const acknowledged: number[] = [];
      let next = 0;
      const callers = Array.from({ length: 50 }, async (_, caller) => {
        while (cluster.proxy.lostAcks < lostBefore + 10) {
          const number = next++;
          await bus.publish(topic, numbered(number), { key: `k${caller % 7}` });
          acknowledged.push(number);
        }
      });
      await Promise.all(callers);
      cluster.proxy.losesAck = () => false;
      const census = takeCensus(acknowledged, await readTopic([cluster.brokers], topic, acknowledged.length));
      expect(census).to.include({ lost: 0, duplicated: 0, inversions: 0, stored: acknowledged.length });
    });

    it('says within its time that nobody listens', async () => {
      const bus = new KafkaBus({
        clientId: 'nobody',
        driver: 'platformatic',
        bootstrapServers: '127.0.0.1:1',
        startTimeoutMs: 500,
      });
      const error: unknown = await bus.start().catch((reason: unknown) => reason);
      expect(error).to.include({ code: 'SLIPWAY_KAFKA_UNAVAILABLE' });
      await until(() => bus.status.state === 'stopped', 'it has stopped');
    });

    it('logs in over TLS, and tells a wrong password and a certificate that is not trusted', async () => {
      await using secure = await startSecureKafka();
      const settings = {
        clientId: 'secure',
        driver: 'platformatic',
        bootstrapServers: secure.addresses.SASL_SSL,
        securityProtocol: 'SASL_SSL',
        saslMechanism: 'SCRAM-SHA-512',
        saslUsername: user,
        saslPassword: password,
        sslCa: secure.ca,
      } as const;
      await using bus = new KafkaBus(settings);
      await bus.start();
      expect(await bus.publish('secure', numbered(1))).to.include({ offset: '0' });

      const failure = (changed: Partial<KafkaBusSettings>): Promise<unknown> =>
        new KafkaBus({ ...settings, ...changed }).start().catch((reason: unknown) => reason);
      const wrongPassword = await failure({ saslPassword: 'wrong' });
      expect(wrongPassword).to.include({ code: 'SLIPWAY_KAFKA_AUTH' });
      const { sslCa: _, ...untrusting } = settings;
      const untrusted = await new KafkaBus(untrusting).start().catch((reason: unknown) => reason);
      expect(untrusted).to.include({ code: 'SLIPWAY_KAFKA_TLS' });
    });

    it('notices that its broker is frozen while nobody publishes, and that it is back', async () => {
      expect(await frozen).to.deep.equal(['ready', 'degraded', 'ready']);
    });
  });
});
