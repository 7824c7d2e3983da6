import { expect } from 'chai';
import { EventConsumer, KafkaBus, MemoryDriver, MemoryKafka, silentLogger } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { publishFailureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';
import { codeOfRejection } from '../../support/code-of.js';

describe('KafkaBus.transaction', () => {
  let cluster: MemoryKafka;
  let bus: KafkaBus;

  beforeEach(async () => {
    cluster = new MemoryKafka();
    bus = new KafkaBus({
      clientId: 'desk',
      driver: new MemoryDriver(cluster),
      retryBackoffMs: 1,
      deliveryTimeoutMs: 200,
    });
    await bus.start();
  });

  afterEach(() => bus.stop());

  const values = (): readonly string[] => cluster.records('events').map(({ value }) => String(value));

  it('says of a commit without an answer that nobody knows, and goes on', async () => {
    const failure = await publishFailureOf(
      bus.transaction(async (tx) => {
        await tx.publish('events', numbered(1));
        cluster.loseAcks(1);
      }),
    );
    expect(failure).to.deep.equal({ code: 'SLIPWAY_KAFKA_UNAVAILABLE', outcome: 'unknown' });
    await bus.transaction((tx) => tx.publish('events', numbered(2)));
    expect(values()).to.have.length(2);
  });

  it('is aborted by a publish without an answer, and knows it', async () => {
    const failure = await publishFailureOf(
      bus.transaction(async (tx) => {
        await tx.publish('events', numbered(1));
        cluster.loseAcks(1);
        await tx.publish('events', numbered(2));
      }),
    );
    expect(failure).to.deep.equal({ code: 'SLIPWAY_KAFKA_UNAVAILABLE', outcome: 'not-written' });
    expect(values()).to.deep.equal([]);
    await bus.transaction((tx) => tx.publish('events', numbered(3)));
    expect(values()).to.have.length(1);
  });

  it('ends in its time when no answer comes, wherever it is', async () => {
    await bus.transaction((tx) => tx.publish('events', numbered(1)));
    cluster.stall();
    const unbegun = await publishFailureOf(bus.transaction(() => undefined));
    expect(unbegun).to.deep.equal({ code: 'SLIPWAY_KAFKA_TIMEOUT', outcome: 'not-written' });
    cluster.resume();
    const unsent = await publishFailureOf(
      bus.transaction(async (tx) => {
        cluster.stall();
        await tx.publish('events', numbered(2));
      }),
    );
    expect(unsent).to.deep.equal({ code: 'SLIPWAY_KAFKA_TIMEOUT', outcome: 'not-written' });
    cluster.resume();
    const uncommitted = await publishFailureOf(
      bus.transaction(async (tx) => {
        await tx.publish('events', numbered(3));
        cluster.stall();
      }),
    );
    expect(uncommitted).to.deep.equal({ code: 'SLIPWAY_KAFKA_TIMEOUT', outcome: 'unknown' });
    cluster.resume();
    await bus.transaction((tx) => tx.publish('events', numbered(4)));
    expect(values()).to.have.length(2);
  });

  it('waits no longer for others than for an acknowledgement', async () => {
    let end: (() => void) | undefined;
    const first = bus.transaction(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    const failure = await publishFailureOf(bus.transaction(() => undefined));
    expect(failure).to.deep.equal({ code: 'SLIPWAY_KAFKA_TIMEOUT', outcome: 'not-written' });
    end?.();
    await first;
    await bus.transaction((tx) => tx.publish('events', numbered(1)));
  });

  it('says that Kafka is away, that the bus is not started, and that the driver has none', async () => {
    cluster.refuse(true);
    expect(await publishFailureOf(bus.transaction(() => undefined))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_UNAVAILABLE',
      outcome: 'not-written',
    });
    cluster.refuse(false);
    const driver = new MemoryDriver(cluster);
    await using unstarted = new KafkaBus({ clientId: 'desk', driver });
    expect(await codeOfRejection(unstarted.transaction(() => undefined))).to.equal(
      'SLIPWAY_KAFKA_NOT_STARTED',
    );
    const { name, address } = driver;
    const createProducer = driver.createProducer.bind(driver);
    await using without = new KafkaBus({ clientId: 'desk', driver: { name, address, createProducer } });
    await without.start();
    expect(await codeOfRejection(without.transaction(() => undefined))).to.equal('SLIPWAY_KAFKA_TRANSACTION');
  });

  it('hides from consumers what is open and what was aborted, and hands on what stands behind', async () => {
    await using consumer = new EventConsumer({
      groupId: 'readers',
      driver: new MemoryDriver(cluster),
      autoOffsetReset: 'earliest',
    });
    const seen: string[] = [];
    const told: string[] = [];
    cluster.onAppend(({ offset }) => told.push(String(offset)));
    consumer.subscribe('events', (_event, { offset }) => void seen.push(offset));
    await consumer.start();
    await bus.transaction(async (tx) => {
      await tx.publish('events', numbered(1));
      await bus.publish('events', numbered(2));
      expect([seen, told]).to.deep.equal([[], ['1']]);
    });
    await until(() => seen.length === 2, 'the committed is read');
    await bus
      .transaction(async (tx) => {
        await tx.publish('events', numbered(3));
        throw new RangeError('no');
      })
      .catch(() => undefined);
    await bus.publish('events', numbered(4));
    await until(() => seen.length === 3, 'what stands behind the aborted is read');
    expect(seen).to.deep.equal(['0', '1', '3']);
    expect(told).to.deep.equal(['1', '0', '3']);
  });

  it('aborts what the former owner of its id left open', async () => {
    const options = {
      clientId: 'desk',
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
      retryBackoffMs: 1,
      logger: silentLogger,
      transactionalId: 'desk',
      transactionTimeoutMs: 60_000,
    };
    const driver = new MemoryDriver(cluster);
    const record = { key: null, value: Buffer.from('{}'), headers: {}, timestamp: 0 };
    const former = driver.createTransactions(options);
    await former.connect();
    await former.partitionsOf('events');
    await former.begin();
    await former.produce('events', 0, [record]);
    await bus.publish('events', numbered(1));
    expect(cluster.read('events', 0)).to.deep.equal([]);
    const next = driver.createTransactions(options);
    await next.connect();
    expect(cluster.read('events', 0)).to.have.length(1);
    const failure: unknown = await former.commit().catch((error: unknown) => error);
    expect(failure).to.have.property('kind', 'fenced');
  });
});
