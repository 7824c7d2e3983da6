import type {
  KafkaDriver,
  ProduceReport,
  ProducerPort,
  ProducerRecord,
  WriteGate,
} from '../../../src/index.js';

type Produce = (
  batches: ReadonlyMap<number, readonly ProducerRecord[]>,
  gate: WriteGate,
) => Promise<ProduceReport> | ProduceReport;

/** A driver whose producers do what a test says, call by call. */
export class ScriptedDriver implements KafkaDriver {
  readonly name = 'scripted';
  readonly address = 'scripted:1';
  /** What each produce call brought: the values, by partition. */
  readonly calls: Record<number, string[]>[] = [];
  producers = 0;
  kills = 0;
  connect: (producer: number) => Promise<void> = () => Promise.resolve();
  kill: () => Promise<void> = () => Promise.resolve();
  partitionsOf: () => Promise<number> = () => Promise.resolve(2);
  /** Answers of the next produce calls; then all is acknowledged. */
  script: Produce[] = [];
  #offset = 0n;

  readonly acknowledgeAll: Produce = (batches, gate) => {
    gate();
    const offsets = new Map<number, bigint>();
    for (const [partition, records] of batches) {
      offsets.set(partition, this.#offset);
      this.#offset += BigInt(records.length);
    }
    return { offsets, failures: new Map() };
  };

  createProducer(): ProducerPort {
    this.producers += 1;
    const number = this.producers;
    return {
      connect: () => this.connect(number),
      partitionsOf: () => this.partitionsOf(),
      produce: async (_topic, batches, gate) => {
        const values = [...batches].map(([partition, records]) => [
          partition,
          records.map(({ headers }) => String(headers['number'])),
        ]);
        this.calls.push(Object.fromEntries(values) as Record<number, string[]>);
        return (this.script.shift() ?? this.acknowledgeAll)(batches, gate);
      },
      close: () => Promise.resolve(),
      kill: () => {
        this.kills += 1;
        return this.kill();
      },
    };
  }
}
