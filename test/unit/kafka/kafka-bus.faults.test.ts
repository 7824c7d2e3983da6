import { expect } from 'chai';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { encodeEnvelope, KafkaBus } from '../../../src/index.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import type { ProduceFault, ProduceRequest } from '../../support/kafka/wire-faults.js';
import { kafkaErrors } from '../../support/kafka/wire-log.js';

const callers = 200;
const messagesPerCaller = 5;

/** Every `nth` Produce request suffers one fault, in turns. */
function everyNth(
  nth: number,
  ...faults: ProduceFault[]
): (request: ProduceRequest) => ProduceFault | undefined {
  return ({ count }) => (count % nth === 0 ? faults[(count / nth) % faults.length] : undefined);
}

/** Runs the callers, each publishing under its own key one after the other; settles when all have ended. */
async function flood(publish: (key: string, number: number) => Promise<unknown>): Promise<number[]> {
  const acknowledged: number[] = [];
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let index = 0; index < messagesPerCaller; index += 1) {
        const number = caller * messagesPerCaller + index;
        await publish(`key-${caller}`, number).then(
          () => acknowledged.push(number),
          () => undefined,
        );
      }
    }),
  );
  return acknowledged;
}

/** The first request to broker 1 fails at once, the first to broker 2 is answered late. */
function unevenBrokers(): (request: ProduceRequest) => ProduceFault | undefined {
  const seen = new Set<number>();
  return ({ node }) => {
    if (seen.has(node)) return undefined;
    seen.add(node);
    return node === 1 ? kafkaErrors.leaderNotAvailable : 'slow-ack';
  };
}

describe('KafkaBus under faults', () => {
  it('loses and duplicates nothing under 200 concurrent publishes with dropped acks', async () => {
    await using double = await KafkaWireDouble.start({
      topics: { events: 4 },
      fault: everyNth(3, 'lose-ack'),
    });
    await using bus = new KafkaBus({ clientId: 'chaos', bootstrapServers: double.bootstrapServers });
    await bus.start();

    const acknowledged = await flood((key, number) => bus.publish('events', numbered(number), { key }));

    const total = callers * messagesPerCaller;
    expect(takeCensus(acknowledged, double.records('events'))).to.deep.equal({
      acknowledged: total,
      stored: total,
      lost: 0,
      duplicated: 0,
      inversions: 0,
    });
    expect(double.duplicateBatches, 'batches sent again').to.be.greaterThan(0);
    expect(double.violations).to.deep.equal([]);
  });

  it('is what bare kafkajs is not: idempotent, concurrent sends lose or duplicate on the same double', async () => {
    await using double = await KafkaWireDouble.start({
      topics: { events: 4 },
      fault: ({ count }) => (count % 20 === 10 ? 'lose-ack' : undefined),
    });
    const producer = bareProducer(double);
    await producer.connect();

    const acknowledged = await flood((key, number) =>
      producer.send({
        topic: 'events',
        messages: [{ key, value: Buffer.from(encodeEnvelope(numbered(number))) }],
      }),
    );
    await producer.disconnect();

    const { lost, duplicated } = takeCensus(acknowledged, double.records('events'));
    expect(lost + duplicated, 'lost or duplicated').to.be.greaterThan(0);
  });

  it('holds on three brokers while acks get lost, connections are cut and leaders move', async () => {
    await using double = await KafkaWireDouble.start({ brokers: 3, topics: { events: 6 } });
    let moves = 0;
    double.fault = ({ count }) => {
      if (count % 5 === 0) double.moveLeader('events', moves++ % 6, (moves % 3) + 1);
      return everyNth(4, 'lose-ack', 'cut')({ count, node: 0, topic: '', partitions: [] });
    };
    await using bus = new KafkaBus({ clientId: 'chaos', bootstrapServers: double.bootstrapServers });
    await bus.start();

    const acknowledged = await flood((key, number) => bus.publish('events', numbered(number), { key }));

    const total = callers * messagesPerCaller;
    expect(takeCensus(acknowledged, double.records('events'))).to.deep.equal({
      acknowledged: total,
      stored: total,
      lost: 0,
      duplicated: 0,
      inversions: 0,
    });
    expect(double.violations).to.deep.equal([]);
  });

  describe('while one broker refuses and another is slow', () => {
    const oneEach = ['a', 'b', 'c', 'd', 'e', 'f'];

    it('stores each message once', async () => {
      // As many runs as make chance an unlikely reason to pass: see the next test.
      for (let run = 0; run < 6; run += 1) {
        await using double = await KafkaWireDouble.start({
          brokers: 2,
          topics: { events: 2 },
          fault: unevenBrokers(),
        });
        await using bus = new KafkaBus({
          clientId: 'uneven',
          bootstrapServers: double.bootstrapServers,
          retryBackoffMs: 20,
        });
        await bus.start();
        await Promise.all(oneEach.map((key, number) => bus.publish('events', numbered(number), { key })));
        expect(takeCensus(oneEach.keys(), double.records('events'))).to.include({
          stored: 6,
          lost: 0,
          duplicated: 0,
        });
      }
    });

    it('is what one send of bare kafkajs is not: it may send to the slow broker again, under new numbers', async () => {
      const messages = oneEach.map((key, number) => ({
        key,
        value: Buffer.from(encodeEnvelope(numbered(number))),
      }));
      let duplicated = 0;
      // It depends on which broker kafkajs happens to ask for metadata: every other run, by chance.
      for (let run = 0; run < 20 && duplicated === 0; run += 1) {
        await using double = await KafkaWireDouble.start({
          brokers: 2,
          topics: { events: 2 },
          fault: unevenBrokers(),
        });
        const producer = bareProducer(double);
        await producer.connect();
        await producer.send({ topic: 'events', messages });
        await producer.disconnect();
        ({ duplicated } = takeCensus(oneEach.keys(), double.records('events')));
      }
      expect(duplicated).to.be.greaterThan(0);
    });
  });
});

function bareProducer(double: KafkaWireDouble): Producer {
  const kafka = new Kafka({
    clientId: 'bare',
    brokers: double.bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20 },
  });
  return kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
}
