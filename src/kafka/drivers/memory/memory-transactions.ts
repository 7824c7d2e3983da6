import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import type { TransactionalOptions, TransactionalPort } from '../../transactional-port.js';
import type { MemoryKafka, MemoryTransaction } from './memory-kafka.js';

/** Transactions on a {@link MemoryKafka}. */
export class MemoryTransactions implements TransactionalPort {
  readonly #cluster: MemoryKafka;
  readonly #id: string;
  readonly #killed: Promise<never>;
  #reject: (reason: DriverError) => void = () => undefined;
  #dead = false;
  #epoch = 0;
  #transaction: MemoryTransaction | undefined;

  constructor(cluster: MemoryKafka, { transactionalId }: TransactionalOptions) {
    this.#cluster = cluster;
    this.#id = transactionalId;
    this.#killed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.#killed.catch(() => undefined);
  }

  async connect(): Promise<void> {
    await this.#reach();
    this.#epoch = this.#cluster.takeTransactionalId(this.#id);
  }

  async partitionsOf(topic: string): Promise<number> {
    await this.#reach();
    return this.#cluster.partitionsOf(topic);
  }

  async begin(): Promise<void> {
    await this.#reach();
    this.#transaction = this.#cluster.beginTransaction(this.#id, this.#epoch);
  }

  async produce(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<bigint> {
    const transaction = this.#open;
    await this.#reach();
    const lost = this.#cluster.losesAck();
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
    this.#dead = true;
    this.#reject(new DriverError('unavailable', 'The producer was shut down.'));
    return Promise.resolve();
  }

  get #open(): MemoryTransaction {
    if (this.#transaction) return this.#transaction;
    throw new DriverError('failed', 'No transaction is open.');
  }

  async #end(isCommitted: boolean): Promise<void> {
    const transaction = this.#open;
    this.#transaction = undefined;
    await this.#reach();
    const lost = this.#cluster.losesAck();
    this.#cluster.endTransaction(transaction, isCommitted);
    if (lost) throw new DriverError('unavailable', 'The acknowledgement was lost.');
  }

  async #reach(): Promise<void> {
    const { stalled } = this.#cluster;
    if (stalled) await Promise.race([stalled, this.#killed]);
    if (this.#dead) await this.#killed;
    this.#cluster.assertReachable();
  }
}
