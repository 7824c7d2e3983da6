import { expect } from 'chai';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { encodeEnvelope, KafkaBus } from '../../../src/index.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import {
  KafkaWireDouble,
  type ProduceFault,
  type ProduceRequest,
} from '../../support/kafka/kafka-wire-double.js';

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

describe('KafkaBus under faults', function () {
  this.timeout(30_000);

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
    const kafka = new Kafka({
      clientId: 'bare',
      brokers: [double.bootstrapServers],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 20 },
    });
    const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
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
});
