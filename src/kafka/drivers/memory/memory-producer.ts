import { DriverError } from '../../driver-error.js';
import type { ProduceReport, ProducerPort, ProducerRecord, WriteGate } from '../../producer-port.js';
import { MemoryConnection } from './memory-connection.js';
import type { MemoryKafka } from './memory-kafka.js';

/** The port on a {@link MemoryKafka}. */
export class MemoryProducer implements ProducerPort {
  readonly #cluster: MemoryKafka;
  readonly #connection: MemoryConnection;
  readonly #known = new Set<string>();
  readonly #sequences = new Map<string, number>();
  #id = 0;
  /** As of when it knows the leaders. */
  #leaderEpoch = 0;

  constructor(cluster: MemoryKafka, onDisconnect?: () => void) {
    this.#cluster = cluster;
    this.#connection = new MemoryConnection(cluster.faults, onDisconnect);
  }

  async connect(): Promise<void> {
    await this.#connection.reach();
    this.#leaderEpoch = this.#cluster.faults.leaderEpoch;
    this.#id = this.#cluster.nextProducerId();
  }

  async partitionsOf(topic: string): Promise<number> {
    // What was asked for once is known, and nobody is asked again while the cluster answers nothing.
    if (this.#known.has(topic)) this.#connection.assertOpen();
    else await this.#connection.reach();
    const partitions = this.#cluster.partitionsOf(topic);
    this.#known.add(topic);
    return partitions;
  }

  async produce(
    topic: string,
    batches: ReadonlyMap<number, readonly ProducerRecord[]>,
    gate: WriteGate,
  ): Promise<ProduceReport> {
    const offsets = new Map<number, bigint>();
    const failures = new Map<number, DriverError>();
    let others: DriverError | undefined;
    try {
      this.#connection.assertOpen();
      // As with a broker that is frozen: the records are on their way when it has to be waited for.
      if (!gate()) throw new DriverError('failed', 'The records were withdrawn before they were sent.');
      await this.#connection.reach();
      this.#assertLeader();
      const isLost = this.#cluster.faults.losesAck();
      for (const [partition, records] of batches) {
        try {
          const offset = this.#append(topic, partition, records);
          if (!isLost) offsets.set(partition, offset);
        } catch (reason) {
          failures.set(partition, DriverError.of(reason));
        }
      }
      if (isLost) others = new DriverError('unavailable', 'The acknowledgement was lost.');
    } catch (reason) {
      others = DriverError.of(reason);
    }
    if (others) for (const partition of batches.keys()) failures.set(partition, others);
    for (const [partition] of offsets) this.#advance(topic, partition, batches.get(partition)?.length ?? 0);
    return { offsets, failures };
  }

  ping(): Promise<void> {
    return this.#connection.reach();
  }

  async close(): Promise<void> {
    await this.kill();
  }

  kill(): Promise<void> {
    this.#connection.kill();
    return Promise.resolve();
  }

  #append(topic: string, partition: number, records: readonly ProducerRecord[]): bigint {
    this.#cluster.faults.assertTakes(topic, records);
    const sequence = this.#sequences.get(`${topic}-${partition}`) ?? 0;
    return this.#cluster.append(topic, partition, records, this.#id, sequence);
  }

  #advance(topic: string, partition: number, count: number): void {
    const key = `${topic}-${partition}`;
    this.#sequences.set(key, (this.#sequences.get(key) ?? 0) + count);
  }

  /** Whoever asks a broker that no longer leads is told so, and knows better the next time. */
  #assertLeader(): void {
    const { leaderEpoch } = this.#cluster.faults;
    if (leaderEpoch === this.#leaderEpoch) return;
    this.#leaderEpoch = leaderEpoch;
    throw new DriverError('unavailable', 'The leaders of the memory cluster have moved.');
  }
}
