import { expect } from 'chai';
import { silentLogger } from '../../../../src/index.js';
import type { PartitionOffset } from '../../../../src/kafka/consumer-port.js';
import { Committer } from '../../../../src/kafka/consumer/committer.js';
import type { PartitionWork } from '../../../../src/kafka/consumer/partition-work.js';
import { until } from '../../../support/until.js';

interface Call {
  readonly offsets: readonly PartitionOffset[];
  readonly take: () => void;
  readonly refuse: (error: Error) => void;
}

describe(Committer.name, () => {
  let work: { topic: string; partition: number; committable: bigint | undefined };
  let calls: Call[];
  let outcomes: unknown[];
  let committer: Committer;

  function begin(commitEvery: number, commitIntervalMs: number): void {
    work = { topic: 'counted', partition: 0, committable: undefined };
    calls = [];
    outcomes = [];
    committer = new Committer({
      commitEvery,
      commitIntervalMs,
      logger: silentLogger,
      partitions: () => [work as unknown as PartitionWork],
      commit: (offsets) =>
        new Promise((resolve, reject) => {
          calls.push({ offsets, take: resolve, refuse: reject });
        }),
      onOutcome: (failure) => outcomes.push(failure),
    });
  }

  function finish(offset: bigint): void {
    work.committable = offset + 1n;
    committer.note();
  }

  const hasCalls = (count: number): Promise<void> => until(() => calls.length === count, `${count} commits`);

  afterEach(() => {
    committer.reset();
  });

  it('commits what was done while the last commit was under way, though nothing follows', async () => {
    begin(1, 5);
    finish(0n);
    await hasCalls(1);
    finish(1n);
    calls[0]?.take();
    await hasCalls(2);
    expect(calls[1]?.offsets).to.deep.include({ topic: 'counted', partition: 0, offset: 2n });
    calls[1]?.take();
    await until(() => outcomes.length === 2, 'both were taken');
  });

  it('neither waits for a commit of an assignment that is over nor tells how it ended', async () => {
    begin(1, 60_000);
    finish(0n);
    await hasCalls(1);
    committer.reset();
    finish(5n);
    await hasCalls(2);
    calls[1]?.take();
    await until(() => outcomes.length === 1, 'the second was taken');
    calls[0]?.refuse(new Error('late'));
    await new Promise(setImmediate);
    expect(outcomes).to.deep.equal([undefined]);
    await committer.flush();
    expect(calls).to.have.length(2);
  });
});
