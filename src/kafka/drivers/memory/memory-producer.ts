import { DriverError } from '../../driver-error.js';
import type { ProduceReport, ProducerPort, ProducerRecord, WriteGate } from '../../producer-port.js';
import type { MemoryKafka } from './memory-kafka.js';

/** The port on a {@link MemoryKafka}. */
export class MemoryProducer implements ProducerPort {
  readonly #cluster: MemoryKafka;
  readonly #sequences = new Map<string, number>();
  readonly #killed: Promise<never>;
  #reject: (reason: DriverError) => void = () => undefined;
  #dead = false;
  #id = 0;

  constructor(cluster: MemoryKafka) {
    this.#cluster = cluster;
    this.#killed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.#killed.catch(() => undefined);
  }

  async connect(): Promise<void> {
    await this.#reach();
    this.#id = this.#cluster.nextProducerId();
  }

  async partitionsOf(topic: string): Promise<number> {
    await this.#reach();
    return this.#cluster.partitionsOf(topic);
  }

  async produce(
    topic: string,
    batches: ReadonlyMap<number, readonly ProducerRecord[]>,
    gate: WriteGate,
  ): Promise<ProduceReport> {
    const offsets = new Map<number, bigint>();
    const failures = new Map<number, DriverError>();
    try {
      await this.#reach();
      if (!gate()) throw new DriverError('failed', 'The records were withdrawn before they were sent.');
      const lost = this.#cluster.losesAck();
      for (const [partition, records] of batches) {
        const sequence = this.#sequences.get(`${topic}-${partition}`) ?? 0;
        const offset = this.#cluster.append(topic, partition, records, this.#id, sequence);
        if (lost) continue;
        this.#sequences.set(`${topic}-${partition}`, sequence + records.length);
        offsets.set(partition, offset);
      }
      if (lost) throw new DriverError('unavailable', 'The acknowledgement was lost.');
    } catch (reason) {
      const error = DriverError.of(reason);
      for (const partition of batches.keys()) if (!offsets.has(partition)) failures.set(partition, error);
    }
    return { offsets, failures };
  }

  ping(): Promise<void> {
    return this.#reach();
  }

  async close(): Promise<void> {
    await this.kill();
  }

  kill(): Promise<void> {
    this.#dead = true;
    this.#reject(new DriverError('unavailable', 'The producer was shut down.'));
    return Promise.resolve();
  }

  async #reach(): Promise<void> {
    const { stalled } = this.#cluster;
    if (stalled) await Promise.race([stalled, this.#killed]);
    if (this.#dead) await this.#killed;
    this.#cluster.assertReachable();
  }
}
