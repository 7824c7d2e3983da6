import type { ProducerRecord } from '../../kafka/producer-port.js';
import type { TransactionalPort } from '../../kafka/transactional-port.js';
import type { Traffic } from './tracked-driver.js';

/** Tells of what a transaction wrote when it is committed: before that nobody sees it. */
export class TrackedTransactions implements TransactionalPort {
  readonly #inner: TransactionalPort;
  readonly #prefix: string;
  readonly #traffic: Pick<Traffic, 'onStored'>;
  #written: (() => void)[] = [];

  constructor(inner: TransactionalPort, prefix: string, traffic: Pick<Traffic, 'onStored'>) {
    this.#inner = inner;
    this.#prefix = prefix;
    this.#traffic = traffic;
  }

  connect(): Promise<void> {
    return this.#inner.connect();
  }

  partitionsOf(topic: string): Promise<number> {
    return this.#inner.partitionsOf(this.#prefix + topic);
  }

  begin(): Promise<void> {
    this.#written = [];
    return this.#inner.begin();
  }

  async produce(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<bigint> {
    const offset = await this.#inner.produce(this.#prefix + topic, partition, records);
    this.#written.push(() => this.#traffic.onStored({ topic, partition }, offset, records));
    return offset;
  }

  async commit(): Promise<void> {
    await this.#inner.commit();
    for (const tell of this.#written.splice(0)) tell();
  }

  abort(): Promise<void> {
    return this.#inner.abort();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  kill(): Promise<void> {
    return this.#inner.kill();
  }
}
