import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { DriverError, KafkaBus, partitionOf, type PublishResult } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { publishFailureOf } from '../../support/kafka/outcomes.js';
import { ScriptedDriver } from '../../support/kafka/scripted-driver.js';

/** What a caller may do between two publishes within a turn of the event loop. */
async function ticks(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await Promise.resolve();
}

describe('KafkaBus over its port', () => {
  let driver: ScriptedDriver;
  let bus: KafkaBus;

  beforeEach(async () => {
    driver = new ScriptedDriver();
    bus = new KafkaBus({ clientId: 'test', driver, retryBackoffMs: 1, deliveryTimeoutMs: 300 });
    await bus.start();
  });

  afterEach(() => bus.stop());

  /** Keys of partition 0 and 1 of two. */
  const [zero = '', one = ''] = [0, 1].map((partition) =>
    ['a', 'b', 'c', 'd', 'e', 'f'].find((key) => partitionOf(Buffer.from(key), 2) === partition),
  );

  function publish(number: number, key: string): Promise<PublishResult> {
    return bus.publish('events', numbered(number), { key, headers: { number: String(number) } });
  }

  it('sends a partition again that the report leaves out, the same records in the same order', async () => {
    driver.script = [
      (batches, gate) => {
        gate();
        const [first] = batches.keys();
        return { offsets: new Map(first === undefined ? [] : [[first, 7n]]), failures: new Map() };
      },
      (_batches, gate) => {
        gate();
        return { offsets: new Map(), failures: new Map() };
      },
    ];
    await Promise.all([publish(1, zero), publish(2, one), publish(3, one), publish(4, zero)]);
    const [sent, again, third] = driver.calls;
    expect(Object.keys(sent ?? {})).to.have.length(2);
    const [left] = Object.entries(again ?? {});
    expect(Object.keys(again ?? {})).to.have.length(1);
    expect(sent?.[Number(left?.[0])]).to.deep.equal(left?.[1]);
    expect(third).to.deep.equal(again);
    expect(driver.calls).to.have.length(3);
  });

  it('keeps a sent batch as it was when more is published, until its end is known', async () => {
    const lost = new DriverError('timeout', 'no answer');
    driver.script = [
      (batches, gate) => {
        gate();
        void publish(2, zero);
        return {
          offsets: new Map(),
          failures: new Map([...batches.keys()].map((partition) => [partition, lost])),
        };
      },
    ];
    await publish(1, zero);
    expect(driver.calls.slice(0, 2).map((call) => Object.values(call))).to.deep.equal([[['1']], [['1']]]);
    expect(driver.producers, 'the link and one producer').to.equal(2);
  });

  describe('waiting for what is published in the same turn of the event loop', () => {
    it('is left out where messages come one by one', async () => {
      await publish(0, zero); // which finds the partitions
      for (let number = 1; number <= 5; number += 1) {
        await turn();
        let isNextTurn = false;
        let wentInNextTurn: boolean | undefined;
        driver.script = [
          (batches, gate) => {
            wentInNextTurn = isNextTurn;
            return driver.acknowledgeAll(batches, gate);
          },
        ];
        setImmediate(() => (isNextTurn = true));
        await publish(number, zero);
        expect(wentInNextTurn).to.equal(false);
      }
    });

    it('goes on where several come at a time: they go together', async () => {
      await Promise.all([publish(0, zero), publish(1, zero)]);
      const begun = driver.calls.length;
      const flow = async (pause: number): Promise<void> => {
        for (let number = 0; number < 5; number += 1) {
          await publish(number, zero);
          await ticks(pause);
        }
      };
      await Promise.all([flow(20), flow(40)]);
      const sizes = driver.calls.slice(begun).map((call) => Object.values(call).flat().length);
      expect(sizes).to.deep.equal([2, 2, 2, 2, 2]);
    });

    it('lets the event loop go on under a producer that answers at once', async () => {
      let turns = 0;
      let isDone = false;
      const count = (): void => {
        turns += 1;
        if (!isDone) setImmediate(count);
      };
      setImmediate(count);
      for (let number = 0; number < 100; number += 1) {
        await publish(number, zero);
        await ticks(20);
      }
      isDone = true;
      expect(turns).to.be.at.least(45);
      await turn();
    });
  });

  it('fails publishes at once when the broker refuses the client, and tries anew for the next', async () => {
    driver.connect = () => Promise.reject(new DriverError('auth', 'SASL authentication failed'));
    expect(await publishFailureOf(publish(1, zero))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_AUTH',
      outcome: 'not-written',
    });
    driver.connect = () => Promise.resolve();
    await publish(2, zero);
  });

  it('leaves a producer that fails before it sends, for a new one', async () => {
    driver.script = [() => Promise.reject(new TypeError('a bug of the driver'))];
    await publish(1, zero);
    expect(driver.producers).to.equal(3);
    expect(driver.kills).to.equal(1);
  });

  it('settles callers even when the driver breaks its contract', async () => {
    driver.partitionsOf = () => Promise.resolve(0);
    expect(await publishFailureOf(publish(1, zero))).to.include({ outcome: 'not-written' });
    driver.partitionsOf = () => Promise.resolve(2);
    driver.kill = () => Promise.reject(new Error('kill must not reject'));
    driver.script = [() => Promise.reject(new Error('nothing sent'))];
    expect(await publishFailureOf(publish(2, zero))).to.include({ outcome: 'not-written' });
    driver.kill = () => Promise.resolve();
    await publish(3, zero);
  });

  it('start gives up at once where the broker refuses the client', async () => {
    const refused = new ScriptedDriver();
    let attempts = 0;
    refused.connect = () => {
      attempts += 1;
      return Promise.reject(new DriverError('auth', 'SASL authentication failed'));
    };
    const other = new KafkaBus({ clientId: 'test', driver: refused });
    const error: unknown = await other.start().catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'SLIPWAY_KAFKA_AUTH', retryable: false });
    expect(attempts).to.equal(1);
  });
});
