import { setImmediate as immediate } from 'node:timers/promises';
import type { PublishError } from '../../errors/publish-error.js';
import type { EventEnvelope } from '../../events/envelope.js';
import { telemetry } from '../../observability/telemetry.js';
import type { EventRegistry } from '../../protocols/event-registry.js';
import type {
  KafkaPublisherProtocol,
  PublishEventOptions,
  PublishItem,
  PublishOptions,
  PublishResult,
} from '../../protocols/kafka.js';
import { DriverError } from '../driver-error.js';
import type { KafkaErrors } from '../kafka-errors.js';
import { observePublish } from '../observe-publish.js';
import { partitionOf } from '../partitioner.js';
import type { ProducerRecord } from '../producer-port.js';
import { publishBatch } from '../publish-batch.js';
import { type Encode, sizeOf, toRecord } from '../record.js';
import type { ResolvedSettings } from '../settings.js';
import { settlesWithin } from '../settles-within.js';
import { refuseTopic } from '../topic-name.js';
import { withTrace } from '../trace-context.js';
import type { TransactionalPort } from '../transactional-port.js';

/** What the transactions of one bus share. */
export interface TransactionContext {
  /** What the bus's publishes name as their source, for metrics. */
  readonly source: object;
  readonly settings: ResolvedSettings;
  readonly errors: KafkaErrors;
  readonly encode: Encode;
  readonly registry: EventRegistry | undefined;
}

interface Pending {
  readonly topic: string;
  readonly record: ProducerRecord;
  readonly bytes: number;
  readonly settle: (result: PublishResult | Error) => void;
}

/**
 * Publishes into one open transaction: one call to the broker at a time, each with all that has come for one partition
 * meanwhile. One publish that fails, for whatever reason, fails the transaction, whether or not anybody waits for it.
 */
export class KafkaTransaction implements KafkaPublisherProtocol {
  readonly #port: TransactionalPort;
  readonly #context: TransactionContext;
  /** Of keyless messages. */
  readonly #sticky = Math.floor(Math.random() * 0x7fffffff);
  #queue: Pending[] = [];
  #running: Promise<void> | undefined;
  /** What the brokers, or the way to them, failed with: nothing more is sent. */
  #broken: DriverError | undefined;
  /** The first publish that failed. */
  #failed: PublishError | undefined;
  #ended: string | undefined;

  constructor(port: TransactionalPort, context: TransactionContext) {
    this.#port = port;
    this.#context = context;
  }

  /** Resolves when the brokers have the message as part of the transaction; whether it counts is known at its end. */
  publish(topic: string, envelope: EventEnvelope, options: PublishOptions = {}): Promise<PublishResult> {
    const isLate = this.#ended !== undefined;
    const { source, settings } = this.#context;
    const { clientId } = settings;
    const published = telemetry.isObserved
      ? observePublish({ source, clientId, topic, envelope, options }, (traced) =>
          this.#publish(topic, envelope, traced),
        )
      : this.#publish(topic, envelope, options);
    // Of one that nobody awaits the transaction tells.
    if (!isLate) published.catch(() => undefined);
    return published;
  }

  publishEvent(envelope: EventEnvelope, options: PublishEventOptions = {}): Promise<PublishResult> {
    const { errors, registry } = this.#context;
    if (!registry) return this.#refuse(errors.noRegistry(envelope.eventType));
    try {
      const { topic, key } = registry.route(envelope);
      return this.publish(topic, envelope, key === undefined ? options : { key, ...options });
    } catch (error) {
      return this.#refuse(errors.unwritable('(unknown)', error));
    }
  }

  publishBatch(
    items: readonly PublishItem[],
    options: Pick<PublishOptions, 'signal'> = {},
  ): Promise<readonly PublishResult[]> {
    return publishBatch(this, items, options);
  }

  /** Resolves when all that was published has its answer. Takes no more publishes from then on. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
    this.end('came after the end of its transaction');
  }

  /** Why it cannot be committed. */
  get failure(): PublishError | undefined {
    return this.#failed;
  }

  /** The brokers, or the way to them, failed. */
  get broken(): DriverError | undefined {
    return this.#broken;
  }

  /** Takes no more publishes; those that wait are rejected. */
  end(why: string): void {
    this.#ended ??= why;
    const waiting = this.#queue;
    this.#queue = [];
    for (const { settle, topic } of waiting) settle(this.#refusal(topic));
  }

  #publish(topic: string, envelope: EventEnvelope, options: PublishOptions): Promise<PublishResult> {
    const { encode, errors, settings } = this.#context;
    const { headers, signal } = options;
    if (this.#ended !== undefined || this.#broken) return this.#refuse(this.#refusal(topic));
    if (signal?.aborted) return this.#refuse(errors.aborted(topic, signal.reason, 'not-written'));
    const refusal = refuseTopic(topic, errors);
    if (refusal) return this.#refuse(refusal);
    try {
      const record = toRecord(withTrace(envelope, headers), options, encode);
      const bytes = sizeOf(record);
      if (bytes > settings.maxMessageBytes) throw errors.tooLarge(topic, bytes, settings.maxMessageBytes);
      return new Promise((resolve, reject) => {
        const settle = (result: PublishResult | Error): void => {
          if (result instanceof Error) reject(result);
          else resolve(result);
        };
        this.#queue.push({ topic, record, bytes, settle });
        this.#running ??= this.#run();
      });
    } catch (error) {
      return this.#refuse(errors.unwritable(topic, error));
    }
  }

  #refuse(error: PublishError): Promise<never> {
    this.#failed ??= error;
    return Promise.reject(error);
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // Lets everything that is published in this turn of the event loop come along.
      await immediate();
      const taken = this.#queue;
      this.#queue = [];
      await this.#send(taken);
    }
    this.#running = undefined;
  }

  async #send(taken: readonly Pending[]): Promise<void> {
    const left = new Set(taken);
    try {
      for (const [topic, ofTopic] of grouped(taken, (pending) => pending.topic)) {
        const partitions = await this.#inTime(this.#port.partitionsOf(topic));
        const where = ({ record: { key } }: Pending): number =>
          key ? partitionOf(key, partitions) : this.#sticky % partitions;
        for (const [partition, ofPartition] of grouped(ofTopic, where)) {
          for (const batch of this.#batches(ofPartition)) {
            const records = batch.map(({ record }) => record);
            const first = await this.#inTime(this.#port.produce(topic, partition, records));
            batch.forEach((pending, index) => {
              left.delete(pending);
              pending.settle({ topic, partition, offset: String(first + BigInt(index)) });
            });
          }
        }
      }
    } catch (reason) {
      this.#broken ??= DriverError.of(reason);
      for (const { settle, topic } of left) {
        const refusal = this.#refusal(topic);
        this.#failed ??= refusal;
        settle(refusal);
      }
      this.end('came after a failed publish of its transaction');
    }
  }

  /** A call that is given up ends with its connections, so that nothing of it comes after the transaction's end. */
  async #inTime<T>(call: Promise<T>): Promise<T> {
    const { deliveryTimeoutMs } = this.#context.settings;
    if (!(await settlesWithin(deliveryTimeoutMs, call))) {
      await this.#port.kill();
      await call.catch(() => undefined);
      throw new DriverError('timeout', `no answer within ${deliveryTimeoutMs} ms`);
    }
    return call;
  }

  *#batches(pending: readonly Pending[]): Generator<readonly Pending[]> {
    const { maxBatchBytes, maxBatchMessages } = this.#context.settings;
    let batch: Pending[] = [];
    let bytes = 0;
    for (const each of pending) {
      const isFull = batch.length >= maxBatchMessages || bytes + each.bytes > maxBatchBytes;
      if (isFull && batch.length > 0) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(each);
      bytes += each.bytes;
    }
    if (batch.length > 0) yield batch;
  }

  #refusal(topic: string): PublishError {
    const { errors } = this.#context;
    if (this.#broken) return errors.failed(topic, this.#broken, 'not-written');
    return errors.rolledBack(topic, this.#ended ?? 'found no open transaction');
  }
}

/** In the order of their first. */
function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key) ?? [];
    group.push(item);
    groups.set(key, group);
  }
  return groups;
}
