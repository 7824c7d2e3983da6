import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { type ConsumerListener, KafkaJsDriver, silentLogger } from '../../../src/index.js';
import { patchConsumerGroup } from '../../../src/kafka/drivers/kafkajs/consumer-group-patch.js';
import { numbered } from '../../support/kafka/census.js';
import { memberOptions } from '../../support/kafka/member-options.js';
import { scene } from '../../support/kafka/scene.js';
import { until } from '../../support/until.js';

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
}

/** kafkajs's own classes, of which only what is stubbed here does anything. */
interface Runner {
  consumerGroup: object;
  running: boolean;
  handleBatch(batch: Batch): Promise<void>;
}
interface ConsumerGroup {
  retrier: () => Promise<void>;
  cluster: { refreshMetadataIfNecessary(): Promise<void> };
  joinAndSync(): Promise<void>;
  fetch(nodeId: number): Promise<unknown>;
}

const require = createRequire(import.meta.url);

/** Objects of those classes that were not constructed. */
function bareGroup(): ConsumerGroup {
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as { prototype: ConsumerGroup };
  return Object.create(prototype) as ConsumerGroup;
}
function bareRunner(): Runner {
  const { prototype } = require('kafkajs/src/consumer/runner') as { prototype: Runner };
  return Object.create(prototype) as Runner;
}

async function messageOf(failing: Promise<unknown>): Promise<string> {
  return failing.then(String, (error: unknown) => (error as Error).message);
}

/** Is one handed on that was read from 7, or from somewhere else, when this is known of its partition? */
async function isHandled(
  committed: string | undefined,
  next: string,
  { fetchedOffset = '7', isSought = false } = {},
): Promise<boolean> {
  patchConsumerGroup();
  const runner = bareRunner();
  runner.consumerGroup = {
    offsetManager: {
      committedOffsets: () => ({ events: committed === undefined ? {} : { 0: committed } }),
      nextOffset: () => ({ toString: () => next }),
    },
    hasSeekOffset: () => isSought,
  };
  // The first thing that kafkajs asks.
  const asked = sinon.spy();
  Object.defineProperty(runner, 'running', { get: asked });
  Object.assign(runner, { logger: silentLogger });
  await runner.handleBatch({ topic: 'events', partition: 0, fetchedOffset });
  return asked.called;
}

describe('patchConsumerGroup', () => {
  it('touches no other version than the one it was made for', () => {
    expect(patchConsumerGroup('2.2.5')).to.equal(false);
    expect(patchConsumerGroup('2.2.3')).to.equal(false);
  });

  it('fits the installed kafkajs, and is made once', () => {
    expect(patchConsumerGroup()).to.equal(true);
    const before = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(bareGroup()));
    expect(patchConsumerGroup()).to.equal(true);
    expect(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(bareGroup()))).to.deep.equal(before);
  });

  describe('joins', () => {
    beforeEach(() => patchConsumerGroup());

    it('are one where they come together, and another when that has ended, well or not', async () => {
      const group = bareGroup();
      const ends: { resolve: () => void; reject: (reason: Error) => void }[] = [];
      group.retrier = () => new Promise((resolve, reject) => void ends.push({ resolve, reject }));
      const first = [group.joinAndSync(), group.joinAndSync()];
      expect(ends).to.have.length(1);
      ends[0]?.resolve();
      await Promise.all(first);
      const second = [group.joinAndSync(), group.joinAndSync()];
      expect(ends).to.have.length(2);
      ends[1]?.reject(new Error('no coordinator'));
      const outcomes = await Promise.allSettled(second);
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
      const third = group.joinAndSync();
      ends[2]?.resolve();
      await third;
      expect(ends).to.have.length(3);
    });

    it('that fail come again before anything is fetched', async () => {
      const group = bareGroup();
      const calls: string[] = [];
      const outcomes = [
        Promise.reject(new Error('cut')),
        Promise.reject(new Error('cut')),
        Promise.resolve(),
      ];
      group.retrier = () => {
        calls.push('join');
        return outcomes.shift() ?? Promise.resolve();
      };
      // The first that a fetch asks.
      group.cluster = {
        refreshMetadataIfNecessary: () => {
          calls.push('fetch');
          return new Promise(() => undefined);
        },
      };
      expect(await messageOf(group.joinAndSync())).to.equal('cut');
      expect(await messageOf(group.fetch(1))).to.equal('cut');
      void group.fetch(1);
      void group.fetch(2);
      await until(() => calls.length === 5, 'both fetch');
      void group.fetch(1);
      expect(calls).to.deep.equal(['join', 'join', 'join', 'fetch', 'fetch', 'fetch']);
    });

    it('of different members have nothing to do with each other', () => {
      const calls: ConsumerGroup[] = [];
      const groups = [bareGroup(), bareGroup()];
      for (const group of groups) {
        group.retrier = () => {
          calls.push(group);
          return Promise.resolve();
        };
        void group.joinAndSync();
      }
      expect(calls).to.deep.equal(groups);
    });
  });

  describe('a batch', () => {
    it('is handed on if it was read from where the group goes on', async () => {
      expect(await isHandled('7', '7')).to.equal(true);
      expect(await isHandled('3', '7')).to.equal(true);
    });

    it('is left out if it was read from somewhere else, in a former assignment or before a seek', async () => {
      expect(await isHandled('3', '3')).to.equal(false);
      expect(await isHandled('9', '9')).to.equal(false);
    });

    it('is left out where a seek waits to be carried out', async () => {
      expect(await isHandled('7', '7', { isSought: true })).to.equal(false);
    });

    it('is left out while it is not known where the group goes on', async () => {
      expect(await isHandled(undefined, '0', { fetchedOffset: '0' })).to.equal(false);
    });
  });

  for (const [lost, what] of [
    [0, 'joins'],
    [1, 'joins, whose first request to join is lost,'],
  ] as const)
    it(`has a consumer whose partitions all get other leaders give up what it had before it ${what} and read again what is not committed`, async () => {
      await using on = await scene({ brokers: 2, topics: { events: 4 } });
      await Promise.all(
        Array.from({ length: 40 }, (_, number) =>
          on.bus.publish('events', numbered(number), { key: `key-${number}` }),
        ),
      );
      const told: string[] = [];
      const reads = new Map<number, string[]>();
      const listener: ConsumerListener = {
        onAssigned: () => {
          told.push('assigned');
          reads.clear();
        },
        onRevoked: async () => {
          told.push('revoked');
          await delay(30); // as handlers take to end
          told.push('given up');
        },
        onBatch: ({ partition, records }) => {
          reads.set(partition, [
            ...(reads.get(partition) ?? []),
            ...records.map(({ offset }) => String(offset)),
          ]);
          return Promise.resolve();
        },
        onCrash: (error) => told.push(String(error)),
      };
      const isRead = (): boolean =>
        on.double.records('events').length ===
        [...reads.values()].reduce((count, offsets) => count + offsets.length, 0);
      const port = new KafkaJsDriver(on.double.bootstrapServers.split(',')).createConsumer(memberOptions);
      try {
        await port.connect();
        await port.run(['events'], listener);
        await until(isRead, 'all is read');
        on.double.consuming.coordinator.joinsToLose = lost;
        on.double.moveLeaders();
        await until(() => told.length > 3 && told.at(-1) === 'assigned' && isRead(), 'all is read again');
        // A broker may tell it after the others' join has ended: then there is another one.
        expect(told.join(', ')).to.match(/^assigned(, revoked, given up, assigned)+$/);
        for (const [partition, offsets] of reads)
          expect(offsets, `partition ${partition}`).to.deep.equal(offsets.map((_, index) => String(index)));
      } finally {
        await port.close();
      }
    });
});
