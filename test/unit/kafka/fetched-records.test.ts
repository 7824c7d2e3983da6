import { expect } from 'chai';
import {
  type FetchResponsePartition,
  fetchedRecords,
} from '../../../src/kafka/drivers/platformatic/fetched-records.js';

type Batch = NonNullable<FetchResponsePartition['records']>[number];

const transactional = 1 << 4;
const control = 1 << 5;

function batch(firstOffset: number, keys: readonly Buffer[], attributes = 0, producerId = 7n): Batch {
  return {
    firstOffset: BigInt(firstOffset),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes,
    lastOffsetDelta: keys.length - 1,
    firstTimestamp: 1_000n,
    maxTimestamp: 1_000n,
    producerId,
    producerEpoch: 0,
    firstSequence: 0,
    records: keys.map((key, offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: BigInt(offsetDelta),
      offsetDelta,
      key,
      value: null,
      headers: [
        [Buffer.from('a'), Buffer.from('1')],
        [Buffer.from('a'), Buffer.from('2')],
        [Buffer.from('b'), null],
      ],
    })),
  };
}

const data = (offset: number, count: number, attributes = 0, producerId = 7n): Batch =>
  batch(
    offset,
    Array.from({ length: count }, () => Buffer.from('k')),
    attributes,
    producerId,
  );
const mark = (offset: number, isCommit: boolean, producerId = 7n): Batch =>
  batch(offset, [Buffer.from([0, 0, 0, isCommit ? 1 : 0])], transactional | control, producerId);

function offsetsOf(
  records: readonly Batch[],
  aborted: readonly (readonly [producerId: bigint, firstOffset: bigint])[] = [],
  fetchOffset = 0n,
): readonly [readonly number[], number] {
  const fetched = fetchedRecords(
    {
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 100n,
      lastStableOffset: 100n,
      logStartOffset: 0n,
      abortedTransactions: aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset })),
      preferredReadReplica: -1,
      records: [...records],
    },
    fetchOffset,
  );
  return [fetched.records.map(({ offset }) => Number(offset)), Number(fetched.nextOffset)];
}

describe('fetchedRecords', () => {
  it('gives what a record has, of a header that stands there twice the last', () => {
    const partition = {
      records: [data(5, 2)],
      abortedTransactions: null,
    } as unknown as FetchResponsePartition;
    expect(fetchedRecords(partition, 0n).records[1]).to.deep.equal({
      offset: 6n,
      key: Buffer.from('k'),
      value: null,
      headers: { a: Buffer.from('2'), b: Buffer.alloc(0) },
      timestamp: 1_001,
    });
  });

  it('leaves out what stands before the offset that was asked for', () => {
    expect(offsetsOf([data(0, 4), data(4, 1)], [], 2n)).to.deep.equal([[2, 3, 4], 5]);
    expect(offsetsOf([], [], 9n)).to.deep.equal([[], 9]);
  });

  it('passes over the marks of transactions', () => {
    expect(offsetsOf([data(0, 1, transactional), mark(1, true), data(2, 1)])).to.deep.equal([[0, 2], 3]);
  });

  it('leaves out what was aborted, also before its mark has come', () => {
    const records = [data(0, 2, transactional), data(2, 1), data(3, 1, transactional, 8n), mark(4, false)];
    expect(offsetsOf(records, [[7n, 0n]])).to.deep.equal([[2, 3], 5]);
    expect(offsetsOf(records.slice(0, 2), [[7n, 0n]])).to.deep.equal([[2], 3]);
  });

  it('tells several aborted transactions of one producer from the committed ones between them', () => {
    const records = [
      data(0, 1, transactional),
      mark(1, false),
      data(2, 1, transactional),
      mark(3, true),
      data(4, 1, transactional),
      mark(5, false),
    ];
    const aborted = [
      [7n, 4n],
      [7n, 0n],
    ] as const;
    expect(offsetsOf(records, aborted)).to.deep.equal([[2], 6]);
  });
});
