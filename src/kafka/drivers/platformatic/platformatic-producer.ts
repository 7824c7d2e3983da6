import type { Producer } from '@platformatic/kafka';
import type { KafkaConnection } from '../../connection.js';
import { DriverError, isRefusal } from '../../driver-error.js';
import type {
  ProduceReport,
  ProducerOptions,
  ProducerPort,
  ProducerRecord,
  WriteGate,
} from '../../producer-port.js';
import { classify, tookAttempts } from './classify.js';
import { platformaticConfig } from './platformatic-config.js';
import { platformaticPackage } from './platformatic-package.js';
import { shutDown } from './shut-down.js';

/** How old the knowledge of a topic's partitions may be. */
const metadataMaxAgeMs = 60_000;
const maxBackoffMs = 1_000;

/**
 * The port on @platformatic/kafka. It repeats a request under its sequence inside one `send`, but takes a new producer id
 * after a `send` that failed, under which the broker would store records twice. So a `send` is repeated for ever, until
 * the bus cuts the connections; and where it ends all the same without a plain refusal, the producer counts as lost.
 */
export class PlatformaticProducer implements ProducerPort {
  readonly #connection: KafkaConnection;
  readonly #options: ProducerOptions;
  readonly #killed: Promise<never>;
  #reject: (reason: DriverError) => void = () => undefined;
  #dead = false;
  #connected = false;
  #producer: Producer | undefined;

  constructor(connection: KafkaConnection, options: ProducerOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#killed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.#killed.catch(() => undefined);
  }

  async connect(): Promise<void> {
    const { Producer: Made } = await platformaticPackage();
    if (this.#dead) return this.#killed;
    const producer: Producer = new Made<Buffer, Buffer, Buffer, Buffer>(this.#config());
    this.#producer = producer;
    producer.on('error', (error) => {
      this.#options.logger.debug('@platformatic/kafka', { error: error.message });
    });
    // Told while the connection still counts.
    producer.on('client:broker:disconnect', ({ connection }) => {
      const isLast = [...producer.connections].every(([, each]) => each === connection);
      if (this.#connected && isLast) this.#options.onDisconnect?.();
    });
    await this.#ask(producer);
    await this.#alive(producer.initIdempotentProducer({}));
    this.#connected = true;
  }

  async partitionsOf(topic: string): Promise<number> {
    const options = { topics: [topic], autocreateTopics: true, retries: 0 };
    const { topics } = await this.#alive(this.#made.metadata(options));
    return topics.get(topic)?.partitionsCount ?? 0;
  }

  async produce(
    topic: string,
    batches: ReadonlyMap<number, readonly ProducerRecord[]>,
    gate: WriteGate,
  ): Promise<ProduceReport> {
    const offsets = new Map<number, bigint>();
    const failures = new Map<number, DriverError>();
    const producer = this.#made;
    // It does not show the moment in which bytes leave: the records count as sent once it has them.
    if (!gate()) {
      const withdrawn = new DriverError('failed', 'The records were withdrawn before they were sent.');
      for (const partition of batches.keys()) failures.set(partition, withdrawn);
      return { offsets, failures };
    }
    // One send per partition: of a send with several it does not tell which of them was refused.
    const sends = Array.from(batches, async ([partition, records]) => {
      try {
        const offset = await this.#alive(this.#send(producer, topic, partition, records));
        if (offset !== undefined) offsets.set(partition, offset);
      } catch (reason) {
        failures.set(partition, certain(reason));
      }
    });
    await Promise.all(sends);
    return { offsets, failures };
  }

  async ping(): Promise<void> {
    await this.#ask(this.#made);
  }

  async close(): Promise<void> {
    await this.kill();
  }

  async kill(): Promise<void> {
    this.#dead = true;
    this.#connected = false;
    this.#reject(new DriverError('unavailable', 'The producer was shut down.'));
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer) await shutDown(producer, () => producer.close(true), this.#options.logger);
  }

  get #made(): Producer {
    if (!this.#producer) throw new DriverError('unavailable', 'The producer is not connected.');
    return this.#producer;
  }

  /** Which brokers there are, and nothing of topics. */
  async #ask(producer: Producer): Promise<void> {
    await this.#alive(producer.metadata({ topics: [], forceUpdate: true, retries: 0 }));
  }

  async #send(
    producer: Producer,
    topic: string,
    partition: number,
    records: readonly ProducerRecord[],
  ): Promise<bigint | undefined> {
    const { offsets = [] } = await producer.send({
      messages: records.map(({ key, value, headers, timestamp }) => ({
        topic,
        partition,
        ...(key === null ? {} : { key }),
        value,
        headers: new Map(
          Object.entries(headers).map(([name, content]) => [
            Buffer.from(name),
            Buffer.from(content as string),
          ]),
        ),
        timestamp: BigInt(timestamp),
      })),
    });
    return offsets.find((each) => each.topic === topic && each.partition === partition)?.offset;
  }

  /** What `work` gives, unless the producer is killed first. */
  async #alive<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([work, this.#killed]);
    } catch (reason) {
      throw reason instanceof DriverError ? reason : new Classified(reason);
    }
  }

  #config() {
    const { requestTimeoutMs, retryBackoffMs, compression = 'none' } = this.#options;
    return {
      ...platformaticConfig(this.#connection, this.#options),
      requestTimeout: requestTimeoutMs,
      timeout: requestTimeoutMs,
      idempotent: true,
      acks: -1,
      compression,
      autocreateTopics: true,
      metadataMaxAge: metadataMaxAgeMs,
      retries: Number.MAX_SAFE_INTEGER,
      retryDelay: (_client: object, _operation: string, attempt: number) =>
        Math.min(retryBackoffMs * 2 ** Math.min(attempt, 10), maxBackoffMs),
    };
  }
}

/** A failure with the reason that it was told by. */
class Classified extends DriverError {
  readonly reason: unknown;

  constructor(reason: unknown) {
    const { kind, message, cause } = classify(reason);
    super(kind, message, { cause });
    this.reason = reason;
  }
}

/** What a send that failed means for its records: a plain refusal, or that nothing is known of them any more. */
function certain(reason: unknown): DriverError {
  const error = DriverError.of(reason);
  const attempts = reason instanceof Classified && tookAttempts(reason.reason);
  if (isRefusal(error.kind) && !attempts) return error;
  return new DriverError('sequence', error.message, { cause: error.cause });
}
