import { expect } from 'chai';
import {
  type FetchedPartition,
  type FetchingBroker,
  hideAborted,
  hideAbortedRecords,
} from '../../../src/kafka/drivers/kafkajs/aborted-records.js';

const mark = (isCommit: boolean): Buffer => Buffer.from([0, 0, 0, isCommit ? 1 : 0]);

/** Records as `<producer>` of a transaction, `abort <producer>` or `commit <producer>`, or `-` of none. */
function fetched(
  from: number,
  records: readonly string[],
  aborted: readonly (readonly [producerId: string, firstOffset: number])[],
): FetchedPartition {
  return {
    messages: records.map((record, index) => {
      const [word = '', producer] = record.split(' ');
      return {
        offset: String(from + index),
        key: producer === undefined ? null : mark(word === 'commit'),
        isControlRecord: producer !== undefined,
        batchContext: { producerId: producer ?? word, inTransaction: word !== '-' },
      };
    }),
    abortedTransactions: aborted.map(([producerId, offset]) => ({ producerId, firstOffset: String(offset) })),
  };
}

const visible = ({ messages }: FetchedPartition): string[] =>
  messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => offset);

describe(hideAbortedRecords.name, () => {
  it('hides the records of transactions that overlap, whatever order the broker lists them in', () => {
    const records = ['a', 'b', '-', 'abort b', 'a', 'abort a', 'a', 'commit a', '-'];
    const partition = fetched(0, records, [
      ['b', 1],
      ['a', 0],
    ]);
    hideAbortedRecords(partition);
    expect(visible(partition)).to.deep.equal(['2', '6', '8']);
    expect(partition.abortedTransactions).to.deep.equal([]);
  });

  it('knows all that were open where the fetch began', () => {
    const partition = fetched(
      10,
      ['a', 'b', 'a', 'abort b', 'b', 'commit b'],
      [
        ['a', 1],
        ['b', 2],
      ],
    );
    hideAbortedRecords(partition);
    expect(visible(partition)).to.deep.equal(['14']);
  });

  it('leaves alone what has no aborted transactions, and sees to each broker once', async () => {
    const partition = { ...fetched(0, ['a', 'commit a'], []), abortedTransactions: null };
    const plain: FetchingBroker = {
      fetch: () => Promise.resolve({ responses: [{ partitions: [partition] }] }),
    };
    const broker = hideAborted(plain);
    const { fetch } = broker;
    expect(hideAborted(broker).fetch).to.equal(fetch);
    await broker.fetch({});
    expect(visible(partition)).to.deep.equal(['0']);
    expect(partition.abortedTransactions).to.equal(null);
  });
});
