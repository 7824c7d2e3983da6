/** A record as kafkajs's decoder gives it. */
interface DecodedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  isControlRecord: boolean;
  /** Records of older formats have none. */
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean } | undefined;
}

/** What a fetch brings of one partition. */
export interface FetchedPartition {
  readonly messages: readonly DecodedRecord[];
  abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
}

/** What is used of kafkajs's brokers. */
export interface FetchingBroker {
  fetch: (
    this: FetchingBroker,
    request: object,
  ) => Promise<{ readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[] }>;
}

/** The type that the key of a control record has at an abort. */
const abortMark = 0;

const hiding = new WeakSet<FetchingBroker>();

/**
 * Has the broker's fetches bring no record of an aborted transaction. kafkajs takes the list of them as sorted by where they
 * begin, while brokers have it by where they ended, and looks at one of them for each record: where transactions overlap in
 * a partition, it hands out aborted records.
 */
export function hideAborted<Broker extends FetchingBroker>(broker: Broker): Broker {
  if (hiding.has(broker)) return broker;
  hiding.add(broker);
  const { fetch } = broker;
  broker.fetch = async (request) => {
    const response = await fetch.call(broker, request);
    for (const { partitions } of response.responses) {
      for (const partition of partitions) hideAbortedRecords(partition);
    }
    return response;
  };
  return broker;
}

/** kafkajs passes over control records, and counts their offsets: so what was aborted becomes one of them. */
export function hideAbortedRecords(partition: FetchedPartition): void {
  const { abortedTransactions, messages } = partition;
  if (!abortedTransactions || abortedTransactions.length === 0) return;
  const aborted = abortedTransactions.toSorted((a, b) =>
    Number(BigInt(a.firstOffset) - BigInt(b.firstOffset)),
  );
  const aborting = new Set<string>();
  for (const message of messages) {
    const offset = BigInt(message.offset);
    for (let next = aborted[0]; next && BigInt(next.firstOffset) <= offset; next = aborted[0]) {
      aborting.add(next.producerId);
      aborted.shift();
    }
    const { producerId, inTransaction } = message.batchContext ?? { producerId: '', inTransaction: false };
    if (message.isControlRecord) {
      if (message.key?.readInt16BE(2) === abortMark) aborting.delete(producerId);
    } else if (inTransaction && aborting.has(producerId)) message.isControlRecord = true;
  }
  partition.abortedTransactions = [];
}
