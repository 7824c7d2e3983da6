import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { silentLogger } from '../../../src/index.js';
import type {
  ConsumerListener,
  ConsumerOptions,
  ConsumerPort,
  DriverError,
  KafkaDriver,
  RecordBatch,
  TopicPartition,
} from '../../../src/index.js';
import { failureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';

/** For what comes in the end, also on a machine that is much too busy: the first group of a broker takes seconds. */
const patienceMs = 40_000;

/** One implementation with a cluster around it. */
export interface ConsumersUnderTest {
  readonly driver: KafkaDriver;
  /** Makes a topic and tells its name. */
  createTopic(partitions: number): Promise<string>;
  /** Resolves when the topic has so many partitions. */
  growTopic(topic: string, partitions: number): Promise<void>;
  close(): Promise<void>;
}

/** What a member was told and given. */
class Diary implements ConsumerListener {
  readonly batches: RecordBatch[] = [];
  readonly told: string[] = [];
  readonly crashes: DriverError[] = [];
  assigned: readonly TopicPartition[] = [];
  assign: () => void = () => undefined;
  work: (batch: RecordBatch) => Promise<void> = () => Promise.resolve();
  revoke: () => Promise<void> = () => Promise.resolve();

  get values(): string[] {
    return this.batches.flatMap(({ records }) => records.map(({ value }) => String(value)));
  }

  onAssigned(partitions: readonly TopicPartition[]): void {
    this.assigned = partitions;
    this.told.push(`assigned ${partitions.length}`);
    this.assign();
  }

  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.told.push(`revoked ${partitions.length}`);
    await this.revoke();
    this.assigned = [];
  }

  onBatch(batch: RecordBatch): Promise<void> {
    this.batches.push(batch);
    return this.work(batch);
  }

  onCrash(error: DriverError): void {
    this.crashes.push(error);
  }
}

/** What every driver of EventConsumer has to do. */
export function consumerPortContract(name: string, start: () => Promise<ConsumersUnderTest>): void {
  describe(`ConsumerPort: ${name}`, function () {
    this.timeout(120_000);
    let cluster: ConsumersUnderTest;
    let groupId: string;
    let open: ConsumerPort[];

    before(async () => {
      cluster = await start();
    });

    after(async () => cluster.close());

    beforeEach(() => {
      groupId = randomUUID();
      open = [];
    });

    afterEach(async () => {
      await Promise.all(open.map((port) => port.close()));
    });

    function newPort(options: Partial<ConsumerOptions> = {}): ConsumerPort {
      const port = cluster.driver.createConsumer?.({
        clientId: 'contract',
        groupId,
        autoOffsetReset: 'earliest',
        sessionTimeoutMs: 6_000,
        revokeTimeoutMs: 3_000,
        connectTimeoutMs: 3_000,
        requestTimeoutMs: 5_000,
        retryBackoffMs: 20,
        logger: silentLogger,
        ...options,
      });
      if (!port) throw new Error('The driver does not consume.');
      open.push(port);
      return port;
    }

    async function join(
      topic: string,
      options: Partial<ConsumerOptions> = {},
      diary = new Diary(),
    ): Promise<{ port: ConsumerPort; diary: Diary }> {
      const port = newPort(options);
      await port.connect();
      await port.run([topic], diary);
      return { port, diary };
    }

    async function publish(topic: string, values: readonly string[], partition = 0): Promise<void> {
      const producer = cluster.driver.createProducer({
        clientId: 'contract',
        connectTimeoutMs: 3_000,
        requestTimeoutMs: 5_000,
        retryBackoffMs: 20,
        logger: silentLogger,
      });
      await producer.connect();
      const records = values.map((value) => ({
        key: Buffer.from(`key of ${value}`),
        value: Buffer.from(value),
        headers: { number: value, tenant: 'å' },
        timestamp: 1_700_000_000_000,
      }));
      const deadline = performance.now() + patienceMs;
      // A new topic may have no leader for a moment.
      for (;;) {
        const { failures } = await producer.produce(topic, new Map([[partition, records]]), () => true);
        if (failures.size === 0) break;
        if (performance.now() > deadline) throw failures.get(partition) ?? new Error('failed elsewhere');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await producer.close();
    }

    it('hands out the records of each partition in order, with all they have', async () => {
      const topic = await cluster.createTopic(2);
      await publish(topic, ['a', 'b', 'c'], 0);
      await publish(topic, ['d'], 1);
      const { diary } = await join(topic);
      await until(() => diary.values.length === 4, 'all are read', patienceMs);
      const ofZero = diary.batches.filter(({ partition }) => partition === 0);
      const records = ofZero.flatMap((batch) => batch.records);
      expect(records.map(({ offset, value }) => [offset, String(value)])).to.deep.equal([
        [0n, 'a'],
        [1n, 'b'],
        [2n, 'c'],
      ]);
      const [first] = records;
      expect(String(first?.key)).to.equal('key of a');
      expect(String(first?.headers['tenant'])).to.equal('å');
      expect(first?.timestamp).to.equal(1_700_000_000_000);
      expect(ofZero.at(-1)).to.include({ topic, nextOffset: 3n, highWatermark: 3n });
      expect(diary.told).to.deep.equal(['assigned 2']);
    });

    it('begins where its group committed, and at the end of the topic if told so', async () => {
      const topic = await cluster.createTopic(1);
      await publish(topic, ['a', 'b', 'c']);
      const first = await join(topic);
      await until(() => first.diary.values.length === 3, 'all are read', patienceMs);
      await first.port.commit([{ topic, partition: 0, offset: 2n }]);
      await first.port.close();
      const second = await join(topic);
      await until(() => second.diary.values.length > 0, 'the rest is read', patienceMs);
      expect(second.diary.values).to.deep.equal(['c']);
      const late = await join(topic, { groupId: randomUUID(), autoOffsetReset: 'latest' });
      await until(() => late.diary.told.length > 0, 'it is assigned', patienceMs);
      // What is published before its position is known may pass it by.
      for (let number = 0; late.diary.values.length === 0; number += 1) await publish(topic, [`d${number}`]);
      expect(late.diary.values[0]).to.match(/^d/);
    });

    it('hands out other partitions while the work on one takes long, and keeps its place', async () => {
      const topic = await cluster.createTopic(2);
      const diary = new Diary();
      let finish: (() => void) | undefined;
      const slow = new Promise<void>((resolve) => {
        finish = resolve;
      });
      diary.work = ({ partition }) => (partition === 0 ? slow : Promise.resolve());
      await join(topic, {}, diary);
      await publish(topic, ['slow'], 0);
      await until(() => diary.values.includes('slow'), 'the slow one is begun', patienceMs);
      await publish(topic, ['next'], 0);
      for (const value of ['a', 'b', 'c']) {
        await publish(topic, [value], 1);
        await until(() => diary.values.includes(value), `${value} is handed out`, patienceMs);
      }
      expect(diary.values).to.not.include('next');
      finish?.();
      await until(() => diary.values.includes('next'), 'the partition goes on', patienceMs);
      expect(diary.told).to.deep.equal(['assigned 2']);
    });

    it('shares the partitions with a second member, once the first has finished', async () => {
      const topic = await cluster.createTopic(4);
      // The join that its work waits for may take a while.
      const first = await join(topic, { revokeTimeoutMs: patienceMs });
      let isRevoked = false;
      first.diary.revoke = async () => {
        // Long enough for who does not wait: another joins meanwhile, and has all that joining takes.
        await join(topic, { groupId: randomUUID() });
        await first.port.commit([{ topic, partition: 0, offset: 1n }]);
        isRevoked = true;
      };
      await publish(topic, ['a', 'b'], 0);
      await until(() => first.diary.values.length === 2, 'both are read', patienceMs);
      const second = new Diary();
      let wasRevoked: boolean | undefined;
      const assigned = second.onAssigned.bind(second);
      second.onAssigned = (partitions) => {
        wasRevoked ??= isRevoked;
        assigned(partitions);
      };
      await join(topic, {}, second);
      await until(
        () => first.diary.assigned.length === 2 && second.assigned.length === 2,
        'they share',
        patienceMs,
      );
      expect(wasRevoked).to.equal(true);
      const all = [...first.diary.assigned, ...second.assigned].map(({ partition }) => partition);
      expect(all.toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2, 3]);
      const values = (): string[] => [...first.diary.values, ...second.values];
      await until(() => values().length >= 3, 'what was not committed is read again', patienceMs);
      expect(values()).to.deep.equal(['a', 'b', 'b']);
    });

    it('gives all to who is left when a member closes', async () => {
      const topic = await cluster.createTopic(2);
      const first = await join(topic);
      const second = await join(topic);
      await until(() => second.diary.assigned.length === 1, 'they share', patienceMs);
      await second.port.close();
      await until(() => first.diary.assigned.length === 2, 'the first has all', patienceMs);
    });

    it('takes up partitions that its topic gets', async () => {
      const topic = await cluster.createTopic(1);
      await publish(topic, ['a', 'b']);
      // A broker that stood still is fenced for a moment, and some attempts to join are all that a member has.
      const { port, diary } = await join(topic, { metadataMaxAgeMs: 200, retryBackoffMs: 200 });
      await until(() => diary.values.length === 2, 'both are read', patienceMs);
      await port.commit([{ topic, partition: 0, offset: 2n }]);
      await cluster.growTopic(topic, 3);
      await publish(topic, ['c'], 2);
      await until(() => diary.values.includes('c'), 'the new partition is read', patienceMs);
      await publish(topic, ['d']);
      await until(() => diary.values.includes('d'), 'the old one is too', patienceMs);
      expect(diary.values).to.deep.equal(['a', 'b', 'c', 'd']);
      expect(diary.assigned.map(({ partition }) => partition).toSorted((a, b) => a - b)).to.deep.equal([
        0, 1, 2,
      ]);
      expect(diary.told.slice(0, 2)).to.deep.equal(['assigned 1', 'revoked 1']);
      expect(diary.told.at(-1)).to.equal('assigned 3');
      expect(diary.crashes).to.deep.equal([]);
    });

    it('takes up the membership of a port that was killed', async () => {
      const topic = await cluster.createTopic(1);
      await publish(topic, ['a', 'b']);
      // Who does not take it up waits for the end of the session of the one that was killed: too long for this.
      const sessionTimeoutMs = 2 * patienceMs;
      const first = await join(topic, { sessionTimeoutMs });
      await until(() => first.diary.values.length === 2, 'both are read', patienceMs);
      await first.port.commit([{ topic, partition: 0, offset: 1n }]);
      const { memberId } = first.port;
      await first.port.kill();
      const second = await join(topic, { memberId, sessionTimeoutMs });
      await until(() => second.diary.values.length > 0, 'it is read again', patienceMs);
      expect(second.diary.values).to.deep.equal(['b']);
    });

    it('reads nothing of a partition that is paused, and reads on when it is resumed', async () => {
      const topic = await cluster.createTopic(2);
      const { port, diary } = await join(topic);
      port.pause([{ topic, partition: 0 }]);
      await publish(topic, ['a'], 0);
      await publish(topic, ['b'], 1);
      await until(() => diary.values.includes('b'), 'the other is read', patienceMs);
      await publish(topic, ['c'], 1);
      await until(() => diary.values.includes('c'), 'the other is read', patienceMs);
      expect(diary.values).to.deep.equal(['b', 'c']);
      port.resume([{ topic, partition: 0 }]);
      await until(() => diary.values.includes('a'), 'it is resumed', patienceMs);
    });

    it('seeks, and tells where partitions end and where the group stands', async () => {
      const topic = await cluster.createTopic(1);
      await publish(topic, ['a', 'b', 'c']);
      const { port, diary } = await join(topic);
      await until(() => diary.values.length === 3, 'all are read', patienceMs);
      expect(await port.endOffsets([{ topic, partition: 0 }])).to.deep.equal([
        { topic, partition: 0, offset: 3n },
      ]);
      if (port.committed) {
        const partitions = [{ topic, partition: 0 }];
        expect(await port.committed(partitions)).to.deep.equal([]);
        await port.commit([{ topic, partition: 0, offset: 2n }]);
        expect(await port.committed(partitions)).to.deep.equal([{ topic, partition: 0, offset: 2n }]);
      }
      port.seek({ topic, partition: 0, offset: 1n });
      await until(() => diary.values.length === 5, 'two are read again', patienceMs);
      expect(diary.values).to.deep.equal(['a', 'b', 'c', 'b', 'c']);
    });

    it('seeks in partitions that it is just being given', async () => {
      const topic = await cluster.createTopic(1);
      await publish(topic, ['a', 'b']);
      const diary = new Diary();
      const port = newPort({ autoOffsetReset: 'latest' });
      diary.assign = () => port.seek({ topic, partition: 0, offset: 1n });
      await port.connect();
      await port.run([topic], diary);
      await until(() => diary.values.length > 0, 'it is read', patienceMs);
      expect(diary.values).to.deep.equal(['b']);
    });

    it('outlives a listener that fails, also with a TypeError', async () => {
      const topic = await cluster.createTopic(1);
      const diary = new Diary();
      diary.work = () => Promise.reject(new TypeError('not a function'));
      await join(topic, {}, diary);
      await publish(topic, ['a']);
      await until(() => diary.values.includes('a'), 'the first is read', patienceMs);
      await publish(topic, ['b']);
      await until(() => diary.values.includes('b'), 'the next is read', patienceMs);
      expect(diary.crashes).to.deep.equal([]);
    });

    it('does not take a commit of a member that has left', async () => {
      const topic = await cluster.createTopic(1);
      await publish(topic, ['a']);
      const { port, diary } = await join(topic);
      await until(() => diary.values.length === 1, 'it is read', patienceMs);
      await port.close();
      const failure = await failureOf(port.commit([{ topic, partition: 0, offset: 1n }]));
      expect(failure).to.have.property('name', 'DriverError');
    });

    it('can be closed twice, killed after, and before it was connected', async () => {
      const topic = await cluster.createTopic(1);
      const { port } = await join(topic);
      await port.close();
      await port.close();
      await port.kill();
      expect(await failureOf(port.connect())).to.be.instanceOf(Error);
      await newPort().close();
    });
  });
}
