import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { silentLogger } from '../../../src/index.js';
import type { KafkaDriver, ProducerPort, ProducerRecord } from '../../../src/index.js';
import { failureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';

interface StoredForContract {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One implementation with a cluster around it. */
export interface PortUnderTest {
  readonly driver: KafkaDriver;
  /** Makes a topic and tells its name. */
  createTopic(partitions: number): Promise<string>;
  /** The records of a topic in the order of their offsets, once there are `count`. */
  read(topic: string, count: number): Promise<readonly StoredForContract[]>;
  /** The next produce call stores its records, and its acknowledgement is lost. */
  loseNextAck?(): void;
  /** Breaks every connection; new ones are taken. */
  cut?(): void;
  /** Nobody answers, and the connections stay; or all is well again. */
  silence?(isSilent: boolean): void;
  /** Where the cluster tells. */
  openSockets?(): number;
  close(): Promise<void>;
}

function record(value: string, key: string | null = null): ProducerRecord {
  return {
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(value),
    headers: { event_id: value, tenant: 'å' },
    timestamp: Date.now(),
  };
}

const open = (): boolean => true;

const options = {
  clientId: 'contract',
  connectTimeoutMs: 3_000,
  requestTimeoutMs: 5_000,
  retryBackoffMs: 20,
  logger: silentLogger,
};

/** What the cluster around a driver can be made to do. */
interface ClusterAbilities {
  readonly losesAcks?: boolean;
  /** It has `cut` and `silence`. */
  readonly hurts?: boolean;
}

/** What every driver of KafkaBus has to do. */
export function producerPortContract(
  name: string,
  start: () => Promise<PortUnderTest>,
  { losesAcks = false, hurts = false }: ClusterAbilities = {},
): void {
  const itIfAcksGetLost = losesAcks ? it : () => undefined;
  const itIfHurt = hurts ? it : () => undefined;

  describe(`ProducerPort: ${name}`, () => {
    let cluster: PortUnderTest;
    let port: ProducerPort;

    const newPort = (): ProducerPort => cluster.driver.createProducer(options);

    before(async () => {
      cluster = await start();
    });

    after(async () => cluster.close());

    beforeEach(async () => {
      port = newPort();
      await port.connect();
    });

    afterEach(async () => port.close());

    it('tells how many partitions a topic has', async () => {
      expect(await port.partitionsOf(await cluster.createTopic(3))).to.equal(3);
    });

    it('writes the records of each partition in order and tells their first offsets', async () => {
      const topic = await cluster.createTopic(2);
      const first = await port.produce(
        topic,
        new Map([
          [0, [record('a', 'k'), record('b')]],
          [1, [record('c')]],
        ]),
        open,
      );
      const second = await port.produce(topic, new Map([[0, [record('d')]]]), open);

      expect([...first.offsets].toSorted(([a], [b]) => a - b)).to.deep.equal([
        [0, 0n],
        [1, 0n],
      ]);
      expect([...second.offsets]).to.deep.equal([[0, 2n]]);
      expect([first.failures.size, second.failures.size]).to.deep.equal([0, 0]);
      const stored = await cluster.read(topic, 4);
      expect(stored.filter(({ partition }) => partition === 0).map(({ value }) => value)).to.deep.equal([
        'a',
        'b',
        'd',
      ]);
      expect(stored.find(({ value }) => value === 'a')).to.deep.equal({
        partition: 0,
        key: 'k',
        value: 'a',
        headers: { event_id: 'a', tenant: 'å' },
      });
      expect(stored.find(({ value }) => value === 'b')?.key).to.equal(null);
    });

    itIfAcksGetLost(
      'stores records once that are produced again after their acknowledgement was lost',
      async () => {
        const topic = await cluster.createTopic(1);
        const batch = new Map([[0, [record('a'), record('b')]]]);
        await port.produce(topic, new Map([[0, [record('first')]]]), open);
        cluster.loseNextAck?.();
        let report = await port.produce(topic, batch, open);
        if (report.failures.size > 0) {
          // Reported or repeated by the driver itself: both are right.
          expect([...report.failures.values()].map(({ kind }) => kind)).to.deep.equal(['unavailable']);
          report = await port.produce(topic, batch, open);
        }
        expect([...report.offsets]).to.deep.equal([[0, 1n]]);
        await port.produce(topic, new Map([[0, [record('last')]]]), open);
        const values = (await cluster.read(topic, 4)).map(({ value }) => value);
        expect(values).to.deep.equal(['first', 'a', 'b', 'last']);
      },
    );

    it('sends nothing when the gate is shut, and asks it before anything is written', async () => {
      const topic = await cluster.createTopic(1);
      let asked = 0;
      const report = await port.produce(topic, new Map([[0, [record('never')]]]), () => {
        asked += 1;
        return false;
      });
      expect(asked).to.be.greaterThan(0);
      expect(report.offsets.size).to.equal(0);
      await port.produce(topic, new Map([[0, [record('written')]]]), open);
      expect((await cluster.read(topic, 1)).map(({ value }) => value)).to.deep.equal(['written']);
    });

    it('takes two producers of one topic at a time', async () => {
      const topic = await cluster.createTopic(1);
      const other = newPort();
      await other.connect();
      await Promise.all([
        port.produce(topic, new Map([[0, [record('a')]]]), open),
        other.produce(topic, new Map([[0, [record('b')]]]), open),
      ]);
      await other.close();
      expect((await cluster.read(topic, 2)).map(({ value }) => value).toSorted()).to.deep.equal(['a', 'b']);
    });

    it('answers pings, and is as good as before', async () => {
      const topic = await cluster.createTopic(1);
      await port.ping?.();
      const written = port.produce(topic, new Map([[0, [record('a')]]]), open);
      await Promise.all([port.ping?.(), written, port.ping?.()]);
      await port.ping?.();
      await port.produce(topic, new Map([[0, [record('b')]]]), open);
      expect((await cluster.read(topic, 2)).map(({ value }) => value)).to.deep.equal(['a', 'b']);
    });

    it('ends a ping by kill', async () => {
      const killed = newPort();
      await killed.connect();
      const ping = killed.ping?.().catch(() => undefined);
      await killed.kill();
      await ping;
      expect(await failureOf(killed.ping?.() ?? Promise.resolve())).to.be.instanceOf(Error);
    });

    itIfHurt('has no answer to a ping from a broker that is silent', async () => {
      const asking = newPort();
      await asking.connect();
      cluster.silence?.(true);
      const answered = asking.ping?.().then(
        () => true,
        () => false,
      );
      await asking.kill();
      cluster.silence?.(false);
      expect(await answered).to.equal(false);
    });

    itIfHurt('tells that it has lost its last connection', async () => {
      let losses = 0;
      const losing = cluster.driver.createProducer({ ...options, onDisconnect: () => (losses += 1) });
      await losing.connect();
      expect(losses).to.equal(0);
      cluster.cut?.();
      await until(() => losses === 1, 'it tells');
      await losing.kill();
    });

    it('describes, of the topics asked for, those that exist, and creates none', async () => {
      const { driver } = cluster;
      const [topic, unknown] = [await cluster.createTopic(2), `unknown-${randomUUID()}`];
      for (let round = 1; round <= 2; round += 1) {
        const described = await driver.describeCluster?.(options, [unknown, topic]);
        expect(described?.topics.map((each) => each.name)).to.deep.equal([topic]);
        const [found] = described?.topics ?? [];
        expect(found?.partitions.map(({ id }) => id)).to.deep.equal([0, 1]);
        for (const { leader, replicas, inSync } of found?.partitions ?? []) {
          expect({ replicas, inSync }).to.deep.equal({ replicas: 1, inSync: 1 });
          // The one in this process has no brokers.
          if (described?.brokers.length !== 0)
            expect(described?.brokers.map(({ id }) => id)).to.include(leader);
        }
      }
    });

    it('is dead after kill: no connection, no call', async () => {
      const topic = await cluster.createTopic(1);
      const before = cluster.openSockets?.();
      const killed = newPort();
      await killed.connect();
      await killed.kill();
      const report = killed.produce(topic, new Map([[0, [record('never')]]]), open);
      const outcome = await report.then(
        ({ offsets }) => offsets.size,
        () => 0,
      );
      expect(outcome).to.equal(0);
      expect(await failureOf(killed.connect())).to.be.instanceOf(Error);
      if (before !== undefined)
        await until(() => cluster.openSockets?.() === before, 'its sockets are closed');
    });

    it('can be closed twice, and killed after', async () => {
      const closed = newPort();
      await closed.connect();
      await closed.close();
      await closed.close();
      await closed.kill();
    });
  });
}
