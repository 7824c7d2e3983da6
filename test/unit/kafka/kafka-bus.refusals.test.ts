import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { partitionOf } from '../../../src/kafka/partitioner.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { publishFailureOf } from '../../support/kafka/outcomes.js';
import { type Scene, scene } from '../../support/kafka/scene.js';
import type { ProduceFault, WireDoubleOptions } from '../../support/kafka/wire-faults.js';
import { kafkaErrors } from '../../support/kafka/wire-log.js';

const unauthorized = kafkaErrors.topicAuthorizationFailed;
const tooLarge = 10;

/** A bus whose first message is stored; then its requests meet `faults`, one after the other. */
async function after(faults: readonly ProduceFault[], options: WireDoubleOptions = {}): Promise<Scene> {
  const made = await scene(
    { topics: { events: 1 }, ...options },
    { deliveryTimeoutMs: 10_000, requestTimeoutMs: 1_000 },
  );
  await made.bus.publish('events', numbered(1), { key: 'a' });
  const left = [...faults];
  made.double.fault = () => left.shift();
  return made;
}

describe('KafkaBus and refusals of what may be stored', () => {
  const numbers = [1, 2, 3, 4];

  for (const refusal of [unauthorized, tooLarge]) {
    it(`asks again whether it was, and gives no other message its number: ${refusal}`, async () => {
      await using on = await after(['refuse-after-append', refusal]);
      const { bus, double } = on;
      for (const number of [2, 3, 4]) await bus.publish('events', numbered(number), { key: 'a' });
      expect(takeCensus(numbers, double.records('events'))).to.include({ stored: 4, lost: 0, duplicated: 0 });
    });
  }

  it('says unknown where nobody can tell, and goes on with a new producer', async () => {
    await using on = await after(['lose-ack', 'lose-ack', 'lose-ack', unauthorized, unauthorized]);
    const { bus, double } = on;
    expect(await publishFailureOf(bus.publish('events', numbered(2), { key: 'a' }))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_AUTH',
      outcome: 'unknown',
    });
    for (const number of [3, 4]) await bus.publish('events', numbered(number), { key: 'a' });
    expect(takeCensus(numbers, double.records('events'))).to.include({ stored: 4, lost: 0, duplicated: 0 });
    expect(bus.stats().retiredProducers).to.equal(1);
  });

  it('does not divide what may be stored, however large it is called', async () => {
    await using on = await after(['lose-ack', 'lose-ack', 'lose-ack', tooLarge, tooLarge]);
    const { bus, double } = on;
    const results = await Promise.allSettled(
      [2, 3].map((number) => bus.publish('events', numbered(number), { key: 'a' })),
    );
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    await bus.publish('events', numbered(4), { key: 'a' });
    expect(takeCensus(numbers, double.records('events'))).to.include({ stored: 4, lost: 0, duplicated: 0 });
  });

  it('asks again for what one broker stored and then refused for another reason than its neighbour', async () => {
    const keys: string[] = [];
    for (let number = 0; !keys[0] || !keys[1]; number += 1) {
      keys[partitionOf(Buffer.from(`key-${number}`), 2)] ??= `key-${number}`;
    }
    const [key = '', other = ''] = keys;
    await using on = await scene(
      { topics: { events: 2 }, maxBatchBytes: 3_000 },
      { deliveryTimeoutMs: 10_000, requestTimeoutMs: 1_000 },
    );
    const { bus, double } = on;
    let alone = 0;
    double.fault = ({ count, partitions }) => {
      if (count === 1 || partitions.join() !== '0') return undefined;
      alone += 1;
      return alone <= 2 ? unauthorized : undefined;
    };
    const small = bus.publish('events', numbered(1), { key });
    const large = bus.publish('events', { ...numbered(2), data: 'x'.repeat(5_000) }, { key: other });
    expect(await publishFailureOf(large)).to.include({ code: 'SLIPWAY_KAFKA_TOO_LARGE' });
    await small;
    await bus.publish('events', numbered(3), { key });
    expect(takeCensus([1, 3], double.records('events'))).to.include({ stored: 2, lost: 0, duplicated: 0 });
  });

  for (const what of ['is aborted', 'loses its connection'] as const) {
    it(`goes on after a message that ${what} while it is packed`, async () => {
      await using on = await scene(
        { topics: { events: 1 } },
        { compression: 'gzip', deliveryTimeoutMs: 10_000, requestTimeoutMs: 1_000 },
      );
      const { bus, double } = on;
      await bus.publish('events', numbered(1), { key: 'a' });
      const controller = new AbortController();
      const large = { ...numbered(2), data: { number: 2, text: randomBytes(330_000).toString('hex') } };
      const packed = bus.publish('events', large, { key: 'a', signal: controller.signal });
      const ended = packed.catch((error: unknown) => error);
      await new Promise(setImmediate);
      if (what === 'is aborted') controller.abort();
      else double.cutSockets();
      await ended;
      await bus.publish('events', numbered(3), { key: 'a' });
      expect(takeCensus([1, 3], double.records('events'))).to.include({ lost: 0, duplicated: 0 });
    });
  }
});
