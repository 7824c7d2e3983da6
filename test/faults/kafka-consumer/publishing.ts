import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../../src/errors/describe.js';
import { type KafkaBus, KafkaJsDriver, type ProducerRecord, silentLogger } from '../../../src/index.js';
import type { Cluster } from './cluster.js';
import { brokenValueOf, envelopeOf, type Step, type stepIn } from './steps.js';

/** Publishes the steps in their order, part after part, and what is no envelope beside it. */
export class Publishing {
  readonly #bus: KafkaBus;
  readonly #cluster: Cluster;
  readonly #event: ReturnType<typeof stepIn>;
  readonly #steps: readonly Step[];
  #begun = 0;
  #last: Promise<void> = Promise.resolve();
  failed = 0;
  firstFailure: string | undefined;

  constructor(bus: KafkaBus, cluster: Cluster, event: ReturnType<typeof stepIn>, steps: readonly Step[]) {
    this.#bus = bus;
    this.#cluster = cluster;
    this.#event = event;
    this.#steps = steps;
  }

  /** Resolves when all up to this part of the steps is stored. */
  upTo(part: number): Promise<void> {
    const end = Math.min(this.#steps.length, Math.ceil(this.#steps.length * part));
    const steps = this.#steps.slice(this.#begun, end);
    this.#begun = Math.max(this.#begun, end);
    this.#last = Promise.all([this.#last, ...this.#publish(steps)]).then(() => undefined);
    return this.#last;
  }

  #publish(steps: readonly Step[]): Promise<void>[] {
    const broken = steps.filter(({ fate }) => fate === 'undecodable');
    const whole = steps.filter(({ fate }) => fate !== 'undecodable');
    const sent = whole.map(async (step) => {
      await this.#bus.publish(this.#event.topic, envelopeOf(this.#event, step), { key: step.key });
    });
    return [...sent, this.#publishBroken(broken)].map((each) =>
      each.catch((error: unknown) => {
        this.failed += 1;
        this.firstFailure ??= describeError(error);
      }),
    );
  }

  /** Bytes that are no envelope, which a bus does not take: again until they are stored, so perhaps twice. */
  async #publishBroken(steps: readonly Step[]): Promise<void> {
    let left = steps;
    while (left.length > 0) {
      const producer = new KafkaJsDriver(this.#cluster.bootstrapServers.split(',')).createProducer({
        clientId: 'chaos-broken',
        connectTimeoutMs: 3_000,
        requestTimeoutMs: 10_000,
        retryBackoffMs: 100,
        logger: silentLogger,
      });
      try {
        await producer.connect();
        const partitions = await producer.partitionsOf(this.#event.topic);
        const batches = new Map<number, ProducerRecord[]>();
        for (const step of left) {
          const batch = batches.get(step.number % partitions) ?? [];
          batch.push({ key: null, value: brokenValueOf(step), headers: {}, timestamp: Date.now() });
          batches.set(step.number % partitions, batch);
        }
        const { offsets } = await producer.produce(this.#event.topic, batches, () => true);
        left = left.filter(({ number }) => !offsets.has(number % partitions));
        await producer.close();
      } catch {
        // The brokers are away: that is what the run is about.
        await producer.kill();
        await sleep(200);
      }
    }
  }
}
