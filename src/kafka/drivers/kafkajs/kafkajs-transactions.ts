import { CompressionTypes, Kafka, type PartitionerArgs, type Producer, type Transaction } from 'kafkajs';
import type { KafkaConnection } from '../../connection.js';
import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import { settlesWithin } from '../../settles-within.js';
import type { TransactionalOptions, TransactionalPort } from '../../transactional-port.js';
import { classify } from './classify.js';
import { connectFailure } from './connect-failure.js';
import { kafkaJsConfig } from './kafkajs-config.js';
import { probePartition, showPartitions } from './show-partitions.js';
import { PartitionsSeen } from './signals.js';
import { SocketTracker } from './socket-tracker.js';

const closeTimeoutMs = 1_000;
/**
 * Attempts of one request, beside the first. The records of a call go to one partition, so each attempt brings the same
 * ones under the same sequence. The brokers also count on it right after a commit, while its marks are still written.
 */
const retries = 8;

/**
 * Transactions on kafkajs 2.2.4. One call writes to one partition: a send to several brokers would, in its retry, be repeated
 * beside the one that is still under way, and their sequences would differ from the brokers'.
 */
export class KafkaJsTransactions implements TransactionalPort {
  readonly #options: TransactionalOptions;
  readonly #sockets: SocketTracker;
  readonly #producer: Producer;
  readonly #partitions = new Map<string, number>();
  #transaction: Transaction | undefined;
  #mayProduce = false;

  constructor(connection: KafkaConnection, options: TransactionalOptions) {
    this.#options = options;
    this.#sockets = new SocketTracker({ mayProduce: () => this.#mayProduce, onLastClosed: () => undefined });
    const kafka = new Kafka({
      ...kafkaJsConfig(connection, options, this.#sockets),
      retry: {
        initialRetryTime: options.retryBackoffMs,
        maxRetryTime: 1_000,
        factor: 0.2,
        multiplier: 2,
        retries,
      },
    });
    this.#producer = kafka.producer({
      transactionalId: options.transactionalId,
      transactionTimeout: options.transactionTimeoutMs,
      createPartitioner: () => (args) => this.#route(args),
    });
  }

  async connect(): Promise<void> {
    try {
      await this.#producer.connect();
      // kafkajs takes the id with the first transaction; this one is empty, of which the brokers hear nothing.
      const empty = await this.#producer.transaction();
      await empty.abort();
    } catch (reason) {
      throw fencing(connectFailure(reason, this.#sockets));
    }
  }

  async partitionsOf(topic: string): Promise<number> {
    if (!this.#partitions.has(topic)) await showPartitions(this.#producer, topic);
    const partitions = this.#partitions.get(topic);
    if (partitions !== undefined) return partitions;
    throw new DriverError('unavailable', `The brokers tell no partitions of ${topic}.`);
  }

  async begin(): Promise<void> {
    try {
      this.#transaction = await this.#producer.transaction();
    } catch (reason) {
      throw fencing(classify(reason));
    }
  }

  async produce(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<bigint> {
    this.#mayProduce = true;
    try {
      const sent = await this.#open.send({
        topic,
        messages: records.map(({ key, value, headers, timestamp }) => ({
          key,
          value,
          headers: { ...headers },
          timestamp: String(timestamp),
          partition,
        })),
        compression: this.#options.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
        acks: -1,
        timeout: this.#options.requestTimeoutMs,
      });
      const found = sent.find((each) => each.partition === partition)?.baseOffset;
      if (found === undefined) {
        throw new DriverError('unavailable', 'the brokers acknowledged no partition');
      }
      return BigInt(found);
    } catch (reason) {
      throw fencing(classify(reason));
    } finally {
      this.#mayProduce = false;
    }
  }

  async commit(): Promise<void> {
    const transaction = this.#open;
    this.#transaction = undefined;
    try {
      await transaction.commit();
    } catch (reason) {
      throw fencing(classify(reason));
    }
  }

  async abort(): Promise<void> {
    const transaction = this.#open;
    this.#transaction = undefined;
    try {
      await transaction.abort();
    } catch (reason) {
      throw fencing(classify(reason));
    }
  }

  async close(): Promise<void> {
    const disconnected = this.#producer.disconnect().catch((reason: unknown) => {
      this.#options.logger.debug('kafkajs did not disconnect', { error: classify(reason).message });
    });
    await settlesWithin(closeTimeoutMs, disconnected);
    await this.kill();
  }

  async kill(): Promise<void> {
    this.#mayProduce = false;
    await this.#sockets.destroy(new Error('The producer was shut down.'));
  }

  get #open(): Transaction {
    if (this.#transaction) return this.#transaction;
    throw new DriverError('failed', 'No transaction is open.');
  }

  #route({ topic, partitionMetadata, message }: PartitionerArgs): number {
    this.#partitions.set(topic, partitionMetadata.length);
    const { partition = probePartition } = message;
    if (partition === probePartition) throw new PartitionsSeen();
    return partition;
  }
}

/** Of a transactional producer an old epoch means that another one has its id, or that the brokers gave it up. */
function fencing(error: DriverError): DriverError {
  const { cause } = error;
  const type = cause instanceof Error && 'type' in cause ? cause.type : undefined;
  if (type !== 'INVALID_PRODUCER_EPOCH' && type !== 'INVALID_PRODUCER_ID_MAPPING') return error;
  return new DriverError('fenced', error.message, { cause });
}
