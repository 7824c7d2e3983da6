import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import type { TransactionalOptions, TransactionalPort } from '../../transactional-port.js';
import { MemoryConnection } from './memory-connection.js';
import type { MemoryKafka } from './memory-kafka.js';
import type { MemoryTransaction } from './memory-transactions-log.js';

/** Transactions on a {@link MemoryKafka}. */
export class MemoryTransactions implements TransactionalPort {
  readonly #cluster: MemoryKafka;
  readonly #id: string;
  readonly #connection: MemoryConnection;
  #epoch = 0;
  #transaction: MemoryTransaction | undefined;

  constructor(cluster: MemoryKafka, { transactionalId }: TransactionalOptions) {
    this.#cluster = cluster;
    this.#id = transactionalId;
    this.#connection = new MemoryConnection(cluster.faults);
  }

  async connect(): Promise<void> {
    await this.#connection.reach();
    this.#epoch = this.#cluster.takeTransactionalId(this.#id);
  }

  async partitionsOf(topic: string): Promise<number> {
    await this.#connection.reach();
    return this.#cluster.partitionsOf(topic);
  }

  async begin(): Promise<void> {
    await this.#connection.reach();
    this.#transaction = this.#cluster.beginTransaction(this.#id, this.#epoch);
  }

  async produce(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<bigint> {
    const transaction = this.#open;
    await this.#connection.reach();
    this.#cluster.faults.assertTakes(topic, records);
    const lost = this.#cluster.faults.losesAck();
    const offset = this.#cluster.appendToTransaction(transaction, topic, partition, records);
    if (lost) throw new DriverError('unavailable', 'The acknowledgement was lost.');
    return offset;
  }

  commit(): Promise<void> {
    return this.#end(true);
  }

  abort(): Promise<void> {
    return this.#end(false);
  }

  close(): Promise<void> {
    return this.kill();
  }

  kill(): Promise<void> {
    this.#connection.kill();
    return Promise.resolve();
  }

  get #open(): MemoryTransaction {
    if (this.#transaction) return this.#transaction;
    throw new DriverError('failed', 'No transaction is open.');
  }

  async #end(isCommitted: boolean): Promise<void> {
    const transaction = this.#open;
    this.#transaction = undefined;
    await this.#connection.reach();
    const lost = this.#cluster.faults.losesAck();
    this.#cluster.endTransaction(transaction, isCommitted);
    if (lost) throw new DriverError('unavailable', 'The acknowledgement was lost.');
  }
}
