import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import { EventConsumer, type EventConsumerSettings, KafkaBus, PermanentError } from '../../../src/index.js';
import { Child } from '../../support/child.js';
import { counted, countedIn } from '../../support/kafka/consuming.js';
import { until } from '../../support/until.js';
import { type ReadRecord, readWholeTopic } from '../../support/kafka/read-topic.js';
import { type RunningKafka, startKafka } from '../../support/servers/kafka-server.js';
import { createTopics } from '../../support/kafka/topics.js';

const count = 400;
const numbers = Array.from({ length: count }, (_, number) => number);
const keyOf = (number: number): string => `key-${number % 20}`;

describe('EventConsumer on Apache Kafka', function () {
  this.timeout(60_000);
  let server: RunningKafka;
  let bus: KafkaBus;
  let groupId: string;
  let topic: string;
  let Event: ReturnType<typeof countedIn>;
  let consumers: EventConsumer[];
  /** What was handled, by key, in that order. */
  let handled: Map<string, number[]>;

  before(async () => {
    server = await startKafka({
      properties: { 'group.min.session.timeout.ms': '1000', 'num.partitions': '4' },
    });
    bus = new KafkaBus({ clientId: 'integration', bootstrapServers: server.bootstrapServers });
    await bus.start();
  });

  after(async () => {
    await bus.stop();
    await server[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    groupId = randomUUID();
    topic = `counted-${groupId}`;
    Event = countedIn(topic);
    consumers = [];
    handled = new Map();
    const admin = new Kafka({
      clientId: 'admin',
      brokers: [server.bootstrapServers],
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await createTopics(admin, [{ topic, numPartitions: 4 }]);
    await admin.disconnect();
  });

  afterEach(async () => {
    await Promise.all(consumers.map((each) => each.stop()));
  });

  function newConsumer(settings: Partial<EventConsumerSettings> = {}): EventConsumer {
    const made = new EventConsumer({
      groupId,
      bootstrapServers: server.bootstrapServers,
      autoOffsetReset: 'earliest',
      sessionTimeoutMs: 1_500,
      commitIntervalMs: 50,
      concurrency: 4,
      backoff: { minMs: 5, maxMs: 20 },
      ...settings,
    });
    consumers.push(made);
    return made;
  }

  function note(number: number): void {
    handled.set(keyOf(number), [...(handled.get(keyOf(number)) ?? []), number]);
  }

  async function publish(part: readonly number[]): Promise<void> {
    await Promise.all(
      part.map((number) => bus.publish(topic, counted(number, keyOf(number)), { key: keyOf(number) })),
    );
  }

  const distinct = (): Set<number> => new Set([...handled.values()].flat());

  /** The first time each event was handled is in the order of its key. */
  function expectOrder(): void {
    for (const order of handled.values()) {
      const first = [...new Set(order)];
      expect(first).to.deep.equal(first.toSorted((a, b) => a - b));
    }
  }

  /** Three messages are poison to it. */
  async function startOne(): Promise<EventConsumer> {
    const member = newConsumer({ attempts: 2 });
    member.subscribe(Event, async ({ data: { number } }) => {
      await new Promise((resolve) => setTimeout(resolve, 3));
      if (number === 7) throw new TypeError('x is not a function');
      if (number === 130) throw new PermanentError('never');
      if (number === 333) throw new Error('never');
      note(number);
    });
    await member.start();
    return member;
  }

  it('handles all, in the order of each key, while members come and go; poison goes to its topic', async () => {
    const poison = new Set([7, 130, 333]);
    const first = await startOne();
    await publish(numbers.slice(0, 150));
    const second = await startOne();
    await until(() => second.stats().partitions.length > 0, 'the second has its share', 15_000);
    await publish(numbers.slice(150, 300));
    await until(() => second.stats().handled > 0, 'it handles them', 15_000);
    await second.stop();
    await publish(numbers.slice(300));
    await until(() => distinct().size === count - poison.size, 'all are handled', 20_000);
    let letters: readonly ReadRecord[] = [];
    const dead = (): Set<number> =>
      new Set(letters.map(({ value }) => (JSON.parse(value) as { data: { number: number } }).data.number));
    // One may be there twice: a member that lost its place before it had committed leaves it to the next.
    await until(
      async () => {
        letters = await readWholeTopic([server.bootstrapServers], `${topic}.DLQ`);
        return dead().size >= poison.size;
      },
      'all that is poison is there',
      20_000,
    );
    expect(dead()).to.deep.equal(poison);
    expect(new Set(letters.map(({ headers }) => headers['dlq.original_topic']))).to.deep.equal(
      new Set([topic]),
    );
    expectOrder();
    await until(() => first.status.state === 'ready', 'the first is well');
    await first.stop();
    // All of it was committed: a new member has nothing to do.
    const third = await startOne();
    await until(() => third.stats().partitions.length === 4, 'it has them all', 10_000);
    await publish([1_000]);
    await until(() => distinct().has(1_000), 'it goes on', 10_000);
    expect(third.stats().handled).to.equal(1);
  });

  it('handles again what a process that was killed had not committed', async () => {
    await publish(numbers);
    const env = { GROUP: groupId, TOPIC: topic, SERVERS: server.bootstrapServers };
    await using child = Child.node('test/integration/kafka/consumer.fixture.ts', { env });
    await child.until(/handled \d+\n(handled \d+\n){150}/);
    child.kill();
    await child.ended;
    for (const [, number] of child.stdout.matchAll(/handled (\d+)\n/g)) note(Number(number));
    const before = distinct().size;
    expect(before).to.be.lessThan(count);
    const made = newConsumer().subscribe(Event, ({ data }) => note(data.number));
    await made.start();
    await until(() => distinct().size === count, 'all are handled', 20_000);
    expectOrder();
    expect(made.stats().handled).to.be.lessThan(count);
  });

  it('recovers from kill -9 of the broker under load, and loses nothing', async () => {
    const made = newConsumer().subscribe(Event, async ({ data }) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      note(data.number);
    });
    await made.start();
    await publish(numbers.slice(0, 200));
    await until(() => distinct().size > 50, 'it flows', 15_000);
    await server.kill();
    await until(() => made.status.state === 'unavailable', 'it knows', 15_000);
    await server.restart();
    await publish(numbers.slice(200));
    await until(() => distinct().size === count, 'all are handled', 30_000);
    expectOrder();
    await until(() => made.status.state === 'ready', 'it is well again');
    expect(made.status.reconnects).to.be.greaterThan(0);
  });
});
