import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { KafkaBus, type KafkaBusSettings, type KafkaTransaction, SlipwayError } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { failureOf, publishFailureOf } from '../../support/kafka/outcomes.js';
import type { PortUnderTest } from './producer-port.contract.js';

/** What KafkaBus.transaction does on every driver that has transactions. `read` reads what is committed. */
export function transactionsContract(name: string, start: () => Promise<PortUnderTest>): void {
  describe(`KafkaBus.transaction: ${name}`, function () {
    this.timeout(60_000);
    let cluster: PortUnderTest;
    let bus: KafkaBus;

    const newBus = (more: Partial<KafkaBusSettings> = {}): KafkaBus =>
      new KafkaBus({ clientId: 'contract', driver: cluster.driver, retryBackoffMs: 20, ...more });

    /** The numbers that stand in `topic` before the mark that ends it. */
    async function numbersOf(topic: string, count: number): Promise<readonly number[]> {
      await bus.publish(topic, numbered(-1), { key: 'k' });
      const records = await cluster.read(topic, count + 1);
      const numbers = records.map(
        ({ value }) => (JSON.parse(value) as { data: { number: number } }).data.number,
      );
      expect(numbers.at(-1), 'the mark').to.equal(-1);
      return numbers.slice(0, -1);
    }

    before(async () => {
      cluster = await start();
    });

    after(() => cluster.close());

    beforeEach(async () => {
      bus = newBus();
      await bus.start();
    });

    afterEach(() => bus.stop());

    it('commits together what is published in it, in order, and gives what its function returns', async () => {
      const [topic, other] = [await cluster.createTopic(1), await cluster.createTopic(2)];
      const offsets = await bus.transaction(async (tx) => {
        const first = await tx.publish(topic, numbered(1), { key: 'k' });
        const rest = await Promise.all([2, 3].map((n) => tx.publish(topic, numbered(n), { key: 'k' })));
        await tx.publishBatch([4, 5].map((n) => ({ topic: other, envelope: numbered(n), key: 'k' })));
        // Not awaited, and part of it all the same.
        void tx.publish(topic, numbered(6), { key: 'k' });
        return [first, ...rest].map(({ offset }) => offset);
      });
      expect(offsets).to.deep.equal(['0', '1', '2']);
      expect(await numbersOf(topic, 4)).to.deep.equal([1, 2, 3, 6]);
      expect(await numbersOf(other, 2)).to.deep.equal([4, 5]);
    });

    it('commits nothing when its function throws, and throws the same', async () => {
      const topic = await cluster.createTopic(1);
      const reason = new RangeError('no');
      const failure = await failureOf(
        bus.transaction(async (tx) => {
          await tx.publish(topic, numbered(1), { key: 'k' });
          throw reason;
        }),
      );
      expect(failure).to.equal(reason);
      await bus.transaction((tx) => tx.publish(topic, numbered(2), { key: 'k' }));
      expect(await numbersOf(topic, 1)).to.deep.equal([2]);
    });

    it('commits nothing when one publish in it failed, also if nobody looked', async () => {
      const topic = await cluster.createTopic(1);
      const tooLarge = await failureOf(
        bus.transaction(async (tx) => {
          await tx.publish(topic, numbered(1), { key: 'k' });
          await tx.publish(topic, numbered(2), { key: 'k'.repeat(1_000_000) }).catch(() => undefined);
        }),
      );
      expect(SlipwayError.is(tooLarge, 'SLIPWAY_KAFKA_TOO_LARGE')).to.equal(true);
      const invalid = await publishFailureOf(
        bus.transaction((tx) => {
          void tx.publish(topic, numbered(3), { key: 'k' });
          void tx.publish('no topic!', numbered(4));
        }),
      );
      expect(invalid).to.deep.equal({ code: 'SLIPWAY_KAFKA_REJECTED', outcome: 'not-written' });
      expect(await numbersOf(topic, 0)).to.deep.equal([]);
    });

    it('goes one after the other, also an empty one', async () => {
      const topic = await cluster.createTopic(1);
      let open = 0;
      const results = await Promise.all(
        [1, 2, 3].map((n) =>
          bus.transaction(async (tx) => {
            open += 1;
            expect(open).to.equal(1);
            if (n !== 2) await tx.publish(topic, numbered(n), { key: 'k' });
            open -= 1;
            return n;
          }),
        ),
      );
      expect(results).to.deep.equal([1, 2, 3]);
      expect(await numbersOf(topic, 2)).to.deep.equal([1, 3]);
    });

    it('takes no publish after its end', async () => {
      const topic = await cluster.createTopic(1);
      const tx = await bus.transaction((open) => open);
      expect(await publishFailureOf(tx.publish(topic, numbered(1)))).to.deep.equal({
        code: 'SLIPWAY_KAFKA_TRANSACTION',
        outcome: 'not-written',
      });
    });

    it('is fenced by whoever takes its id next, and stays so', async () => {
      const topic = await cluster.createTopic(1);
      const transactionalId = `desk-${randomUUID()}`;
      await using first = newBus({ transactionalId });
      await using second = newBus({ transactionalId });
      await Promise.all([first.start(), second.start()]);
      await first.transaction((tx) => tx.publish(topic, numbered(1), { key: 'k' }));
      const fenced = await publishFailureOf(
        first.transaction(async (tx) => {
          await tx.publish(topic, numbered(2), { key: 'k' });
          await second.transaction((other) => other.publish(topic, numbered(3), { key: 'k' }));
        }),
      );
      expect(fenced).to.deep.equal({ code: 'SLIPWAY_KAFKA_FENCED', outcome: 'not-written' });
      const again = await publishFailureOf(first.transaction((tx) => tx.publish(topic, numbered(4))));
      expect(again.code).to.equal('SLIPWAY_KAFKA_FENCED');
      await second.transaction((tx) => tx.publish(topic, numbered(5), { key: 'k' }));
      expect(await numbersOf(topic, 3)).to.deep.equal([1, 3, 5]);
    });

    it('is aborted when its time is over', async () => {
      const topic = await cluster.createTopic(1);
      await using hasty = newBus({ transactionTimeoutMs: 500 });
      await hasty.start();
      let open: KafkaTransaction | undefined;
      const failure = await publishFailureOf(
        hasty.transaction(async (tx) => {
          open = tx;
          await tx.publish(topic, numbered(1), { key: 'k' });
          await new Promise(() => undefined);
        }),
      );
      expect(failure).to.deep.equal({ code: 'SLIPWAY_KAFKA_TIMEOUT', outcome: 'not-written' });
      const late = await publishFailureOf(open?.publish(topic, numbered(2)) ?? Promise.resolve());
      expect(late).to.deep.equal({ code: 'SLIPWAY_KAFKA_TRANSACTION', outcome: 'not-written' });
      await hasty.transaction((tx) => tx.publish(topic, numbered(3), { key: 'k' }));
      expect(await numbersOf(topic, 1)).to.deep.equal([3]);
    });

    it('is aborted by a stop that waits no longer, and refused after it', async () => {
      const topic = await cluster.createTopic(1);
      const leaving = newBus({ drainTimeoutMs: 50 });
      await leaving.start();
      let stop: Promise<void> | undefined;
      const failure = await publishFailureOf(
        leaving.transaction(async (tx) => {
          await tx.publish(topic, numbered(1), { key: 'k' });
          stop = leaving.stop();
          await new Promise(() => undefined);
        }),
      );
      expect(failure.outcome).to.equal('not-written');
      await stop;
      const refused = await publishFailureOf(leaving.transaction(() => undefined));
      expect(refused).to.deep.equal({ code: 'SLIPWAY_KAFKA_CLOSED', outcome: 'not-written' });
      expect(await numbersOf(topic, 0)).to.deep.equal([]);
    });
  });
}
