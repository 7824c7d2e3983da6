import { createRequire } from 'node:module';
import { expect } from 'chai';
import { spy } from 'sinon';
import { partitionResults } from '../../../src/kafka/drivers/kafkajs/produce-response.js';
import { ProduceLines } from '../../../src/kafka/drivers/kafkajs/produce-lines.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { scene } from '../../support/kafka/scene.js';
import { kafkaErrors } from '../../support/kafka/wire-log.js';

interface Protocol {
  readonly request: { readonly apiName: string };
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/connectionPool') as {
  prototype: { send(protocol: Protocol): Promise<unknown> };
};

/** How often kafkajs itself sends a Produce request while `work` runs. */
async function sentByKafkaJs(work: () => Promise<unknown>): Promise<number> {
  const send = spy(prototype, 'send');
  try {
    await work();
    return send.args.filter(([{ request }]) => request.apiName === 'Produce').length;
  } finally {
    send.restore();
  }
}

/** What a response of version 7 says of one partition. */
function partition(number: number, errorCode: number, offset: bigint): Buffer {
  const bytes = Buffer.alloc(4 + 2 + 8 + 8 + 8);
  bytes.writeInt32BE(number, 0);
  bytes.writeInt16BE(errorCode, 4);
  bytes.writeBigInt64BE(offset, 6);
  return bytes;
}

describe('ProduceLine', () => {
  const numbers = [1, 2, 3, 4, 5];

  it('takes every request to a broker but the first', async () => {
    await using on = await scene({ topics: { events: 2 } });
    const { bus, double } = on;
    const sent = await sentByKafkaJs(async () => {
      for (const number of numbers) await bus.publish('events', numbered(number), { key: `key-${number}` });
    });
    expect(sent).to.equal(1);
    expect(double.produceRequests).to.equal(numbers.length);
    expect(takeCensus(numbers, double.records('events'))).to.include({ stored: 5, lost: 0, duplicated: 0 });
  });

  it('leaves to kafkajs what gets no answer, under the number that it has, and takes what follows', async () => {
    await using on = await scene({ topics: { events: 1 } });
    const { bus, double } = on;
    double.fault = ({ count }) => (count === 3 ? 'lose-ack' : undefined);
    const sent = await sentByKafkaJs(async () => {
      for (const number of numbers) await bus.publish('events', numbered(number));
    });
    expect(sent).to.equal(2);
    expect(takeCensus(numbers, double.records('events'))).to.include({ stored: 5, lost: 0, duplicated: 0 });
    expect(double.violations).to.deep.equal([]);
    expect(bus.stats()).to.include({ retries: 0, retiredProducers: 0 });
  });

  it('leaves to kafkajs what a broker refuses', async () => {
    await using on = await scene({ topics: { events: 2 } });
    const { bus, double } = on;
    await bus.publish('events', numbered(0), { key: 'a' });
    const asked: (readonly number[])[] = [];
    double.fault = ({ partitions }) => {
      asked.push(partitions);
      return asked.length === 1 ? kafkaErrors.notLeader : undefined;
    };
    await Promise.all(
      numbers.map((number) => bus.publish('events', numbered(number), { key: `key-${number}` })),
    );
    expect(asked.map((partitions) => partitions.length)).to.deep.equal([2, 2]);
    expect(double.violations).to.deep.equal([]);
  });
});

describe('ProduceLines', () => {
  it('begins anew after the highest number', () => {
    const lines = new ProduceLines(1_000);
    expect(lines.sequenceOf('events', 0)).to.equal(0);
    lines.advance('events', 0, 2 ** 31 - 2);
    lines.advance('events', 0, 1);
    expect(lines.sequenceOf('events', 0)).to.equal(2 ** 31 - 1);
    lines.advance('events', 0, 3);
    expect(lines.sequenceOf('events', 0)).to.equal(2);
    expect(lines.sequenceOf('events', 1)).to.equal(0);
  });
});

describe('partitionResults', () => {
  it('reads each partition and how long the broker wants to be left alone', () => {
    const payload = Buffer.concat([
      Buffer.from([0, 0, 0, 1, 0, 3]),
      Buffer.from('été', 'latin1'),
      Buffer.from([0, 0, 0, 2]),
      partition(7, 0, 2n ** 60n),
      partition(2, 6, -1n),
      Buffer.from([0, 0, 1, 0]),
    ]);
    expect(partitionResults(payload)).to.deep.equal({
      results: new Map([
        [7, { errorCode: 0, baseOffset: 2n ** 60n }],
        [2, { errorCode: 6, baseOffset: -1n }],
      ]),
      throttleMs: 256,
    });
  });
});
