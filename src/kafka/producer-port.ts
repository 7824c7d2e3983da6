import type { KafkaCompression } from '../protocols/settings.js';
import type { Logger } from '../protocols/logger.js';
import type { ConsumerOptions, ConsumerPort } from './consumer-port.js';
import type { DriverError } from './driver-error.js';
import type { TransactionalOptions, TransactionalPort } from './transactional-port.js';

/** One message as it goes to the broker. */
export interface ProducerRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, Buffer | string>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/**
 * Asked before any record of the call leaves the process. `true`: from now on the records may be in the topic. `false`:
 * none of them may leave, and the call fails. May be asked several times in one call.
 */
export type WriteGate = () => boolean;

/** What became of each partition's records. A partition in neither map was not acknowledged. */
export interface ProduceReport {
  /** Offset of the first record, by partition: all the records of that partition are acknowledged. */
  readonly offsets: ReadonlyMap<number, bigint>;
  readonly failures: ReadonlyMap<number, DriverError>;
}

/**
 * One idempotent producer with its own id, connections and sequences. The bus gives each topic one, and never makes a
 * call while another is outstanding. A driver is right if, on one and the same producer, producing exactly the same
 * records to a partition again until they are acknowledged stores them exactly once and in order.
 */
export interface ProducerPort {
  /** Resolves when records can be produced. After a rejection the producer is only good for {@link kill}. */
  connect(): Promise<void>;
  /** The topic's number of partitions. Where the brokers allow it, asking creates the topic. */
  partitionsOf(topic: string): Promise<number>;
  /**
   * Writes records, all in-sync replicas acknowledging. Failures of partitions are in the report; the refusal of one
   * partition's records (`too-large`, `auth`, `rejected`) is never put on another partition.
   */
  produce(
    topic: string,
    batches: ReadonlyMap<number, readonly ProducerRecord[]>,
    gate: WriteGate,
  ): Promise<ProduceReport>;
  /**
   * Resolves when a broker that is connected answers a question that changes nothing. May not settle while none does, but
   * does so by {@link kill}. Absent in a driver that cannot ask: then a frozen broker shows only when records are sent.
   */
  ping?(): Promise<void>;
  /** Gives up the connections in order. For a producer without an outstanding call. Never rejects. */
  close(): Promise<void>;
  /** Cuts every connection at once and allows no new one; outstanding calls fail. Resolves when none is left. */
  kill(): Promise<void>;
}

export interface ProducerOptions {
  readonly clientId: string;
  /** The longest one attempt to connect takes, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** The longest one request takes, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly retryBackoffMs: number;
  /** Of each batch on the wire. Default `none`. */
  readonly compression?: KafkaCompression;
  readonly logger: Logger;
  /** Called when a connected producer has lost its last connection. It may find new ones by itself. */
  readonly onDisconnect?: () => void;
}

export type DescribeOptions = Pick<
  ProducerOptions,
  'clientId' | 'connectTimeoutMs' | 'requestTimeoutMs' | 'retryBackoffMs' | 'logger'
>;

/** What the brokers say of themselves and of some topics. */
export interface ClusterDescription {
  readonly clusterId: string | undefined;
  /** As they are to be reached, which is what they advertise. */
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  /** Of the topics asked for, those that exist. */
  readonly topics: readonly TopicDescription[];
}

export interface TopicDescription {
  readonly name: string;
  readonly partitions: readonly {
    readonly id: number;
    /** The broker that takes its messages; -1 while there is none. */
    readonly leader: number;
    readonly replicas: number;
    readonly inSync: number;
  }[];
}

/** Makes producers and consumers for one Kafka cluster. */
export interface KafkaDriver {
  readonly name: string;
  /** Where the cluster is, for messages: `host:port,host:port`. No secrets. */
  readonly address: string;
  createProducer(options: ProducerOptions): ProducerPort;
  /** Absent in a driver that has no transactions. */
  createTransactions?(options: TransactionalOptions): TransactionalPort;
  /** Absent in a driver that only produces. */
  createConsumer?(options: ConsumerOptions): ConsumerPort;
  /**
   * Asks the brokers on a connection of its own, which is closed again. Creates no topic. Absent in a driver that cannot.
   * @throws DriverError
   */
  describeCluster?(options: DescribeOptions, topics?: readonly string[]): Promise<ClusterDescription>;
}
