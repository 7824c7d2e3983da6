import { setImmediate } from 'node:timers';
import { Batch } from './batch.js';
import { backoffMs, Pause } from './connect.js';
import { DeadlineTimer } from './deadline-timer.js';
import { DriverError, isRefusal } from './driver-error.js';
import type { LaneContext } from './lane-context.js';
import { partitionOf } from './partitioner.js';
import { Patience } from './patience.js';
import type { ProduceReport } from './producer-port.js';
import { ProducerSlot } from './producer-slot.js';
import type { Publication } from './publication.js';

/**
 * What is published to one topic, in order, through a producer of its own with exactly one call outstanding. While it is
 * outstanding messages queue up, and go together in the next one: that is the batching, and it costs no waiting. A
 * failed call is repeated with exactly the same records on the same producer, which the broker recognises by their
 * sequence; when that is no longer possible they are reported as unknown and the producer is retired, with its sequence.
 */
export class Lane {
  readonly topic: string;
  readonly #context: LaneContext;
  readonly #queue = new Set<Publication>();
  readonly #pause = new Pause();
  readonly #patience = new Patience();
  readonly #producer: ProducerSlot;
  readonly #deadlines = new DeadlineTimer(
    () => this.#earliestDeadline(),
    (now) => this.#expire(now),
  );
  #batch: Batch | undefined;
  #running: Promise<void> | undefined;
  #failure: DriverError | undefined;
  #sticky = 0;
  #lastBatchSize = 1;
  #wentAtOnce = false;
  #closed = false;
  retries = 0;

  constructor(topic: string, context: LaneContext) {
    this.topic = topic;
    this.#context = context;
    this.#producer = new ProducerSlot(topic, context.driver, context.producerOptions);
  }

  /** What the last attempt failed with; undefined once one succeeds. A refusal is the message's failure, not the lane's. */
  get failure(): DriverError | undefined {
    return this.#failure;
  }

  get retiredProducers(): number {
    return this.#producer.retired;
  }

  get inFlight(): number {
    return this.#batch ? [...this.#batch.messages()].length : 0;
  }

  enqueue(message: Publication): void {
    this.#queue.add(message);
    this.#deadlines.start();
    this.#running ??= this.#run();
  }

  /** Settles `message` with `error` now. It is taken back unless it was already sent. */
  withdraw(message: Publication, error: Error): void {
    if (message.settled) return;
    this.#queue.delete(message);
    message.settle(error);
    this.#releaseIfOver();
  }

  /** Kafka is back: that it failed before tells nothing of a lane that has nothing to send. */
  forgive(): void {
    if (!this.#running) this.#note(undefined);
  }

  /** Rejects what is left with `error`, and gives up the connections. */
  async close(errorOf: (message: Publication) => Error): Promise<void> {
    this.#closed = true;
    for (const message of this.#unsettled()) message.settle(errorOf(message));
    this.#queue.clear();
    this.#releaseIfOver();
    await this.#running;
    await this.#producer.close();
  }

  async #run(): Promise<void> {
    try {
      if (!this.#goesAtOnce()) await new Promise(setImmediate);
      while (this.#queue.size > 0) {
        const partitions = await this.#partitions();
        if (partitions === undefined) continue;
        this.#batch = this.#fill(partitions);
        await this.#deliver(this.#batch);
        this.#lastBatchSize = this.#batch.size;
        this.#batch = undefined;
        // Lets callers that were just answered, and whatever they publish now, come along.
        if (this.#queue.size > 0) await new Promise(setImmediate);
      }
    } catch (reason) {
      // A fault of ours or of the driver, not of Kafka: no caller may wait for it for ever.
      for (const message of this.#unsettled()) this.#reject(message, DriverError.of(reason));
      this.#queue.clear();
      this.#batch = undefined;
      void this.#producer.abandon();
    } finally {
      this.#deadlines.stop();
      this.#running = undefined;
    }
  }

  /**
   * Does what finds the lane idle go without waiting for what else is published in this turn of the event loop? Where
   * messages come one by one, nothing else is. Once in a turn, so that a producer that answers at once holds nobody up.
   */
  #goesAtOnce(): boolean {
    if (this.#wentAtOnce || this.#lastBatchSize > 1) return false;
    this.#wentAtOnce = true;
    setImmediate(() => (this.#wentAtOnce = false));
    return true;
  }

  #fill(partitions: number): Batch {
    const batch = new Batch(this.#context.settings);
    const sticky = this.#sticky++ % partitions;
    for (const message of this.#queue) {
      const { key } = message.record;
      if (!batch.add(key ? partitionOf(key, partitions) : sticky, message)) break;
      this.#queue.delete(message);
    }
    return batch;
  }

  /** How many partitions the topic has; undefined when that is not known yet, or nobody waits for it any more. */
  async #partitions(): Promise<number | undefined> {
    for (let attempt = 0; this.#queue.size > 0; attempt += 1) {
      try {
        const producer = await this.#producer.connected();
        const partitions = await producer.partitionsOf(this.topic);
        if (partitions < 1) throw new DriverError('unavailable', 'the topic has no partitions');
        this.#patience.renew();
        return partitions;
      } catch (reason) {
        const failure = DriverError.of(reason);
        const hopeless = this.#patience.isOver(failure);
        this.#note(hopeless ? undefined : failure);
        if (hopeless) {
          for (const message of this.#queue) this.#reject(message, failure);
          this.#queue.clear();
        } else if (failure.kind !== 'unknown-topic') {
          // Nothing of it was sent, so a new producer is as good, and better if this one is beyond repair.
          await this.#producer.discard();
        }
      }
      if (this.#queue.size > 0) await this.#backOff(attempt);
    }
    return undefined;
  }

  /** Sends the batch again and again until all of it is settled. */
  async #deliver(batch: Batch): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const records = batch.take();
      if (batch.over) break;
      let failure: DriverError | undefined;
      try {
        const producer = await this.#producer.connected();
        failure = this.#apply(batch, await producer.produce(this.topic, records, batch.gate));
      } catch (reason) {
        failure = DriverError.of(reason);
        if (this.#patience.isOver(failure) && !batch.uncertain) {
          for (const message of batch.messages()) this.#reject(message, failure);
        }
      }
      this.#note(batch.over && failure && isRefusal(failure.kind) ? undefined : failure);
      if (batch.over) break;
      if (failure?.kind === 'sequence') {
        for (const message of batch.forsake()) this.#reject(message, failure);
        await this.#producer.retire();
      } else if (failure?.kind === 'failed' && !batch.uncertain) {
        await this.#producer.discard();
      }
      if (failure === undefined) attempt = -1;
      else await this.#backOff(attempt);
    }
    if (batch.uncertain) await this.#producer.retire();
  }

  /** @returns what went wrong and may pass; undefined if there is only progress. */
  #apply(batch: Batch, report: ProduceReport): DriverError | undefined {
    let passing: DriverError | undefined;
    if (report.offsets.size > 0) this.#patience.renew();
    for (const [partition, offset] of report.offsets) {
      batch.acknowledge(partition).forEach((message, index) => {
        message.settle({ topic: this.topic, partition, offset: String(offset + BigInt(index)) });
      });
    }
    for (const [partition, failure] of report.failures) {
      if (failure.kind === 'too-large' && batch.divide(partition)) continue;
      if (this.#patience.isOver(failure)) {
        for (const message of batch.refuse(partition)) this.#reject(message, failure);
        if (batch.isSpent) passing = new DriverError('sequence', failure.message, { cause: failure.cause });
      } else if (passing?.kind !== 'sequence') {
        passing = failure;
      }
    }
    // Whatever the driver's report, a partition that is not in it has to go again.
    if (batch.over || report.failures.size > 0 || report.offsets.size > 0) return passing;
    return new DriverError('unavailable', 'the brokers acknowledged no partition');
  }

  #reject(message: Publication, failure: DriverError): void {
    message.settle(this.#context.errors.failed(this.topic, failure, message.outcome));
  }

  /** Nobody waits for what is on its way: no use in trying on. */
  #releaseIfOver(): void {
    if (this.#batch?.over) {
      this.#pause.end();
      void (this.#batch.uncertain ? this.#producer.retire() : this.#producer.discard());
    } else if (!this.#batch && this.#queue.size === 0) {
      this.#pause.end();
      if (this.#closed) void this.#producer.discard();
    }
  }

  async #backOff(attempt: number): Promise<void> {
    this.retries += 1;
    await this.#pause.wait(backoffMs(this.#context.settings.retryBackoffMs, attempt));
  }

  #note(failure: DriverError | undefined): void {
    const before = this.#failure;
    this.#failure = failure;
    if (before?.message !== failure?.message) this.#context.onHealth();
  }

  *#unsettled(): Generator<Publication> {
    if (this.#batch) for (const message of this.#batch.messages()) if (!message.settled) yield message;
    for (const message of this.#queue) if (!message.settled) yield message;
  }

  #earliestDeadline(): number | undefined {
    let earliest: number | undefined;
    for (const { settled, deadline } of this.#batch?.messages() ?? []) {
      if (!settled && deadline < (earliest ?? Infinity)) earliest = deadline;
    }
    const [first] = this.#queue;
    return first && first.deadline < (earliest ?? Infinity) ? first.deadline : earliest;
  }

  #expire(now: number): void {
    const { errors, settings } = this.#context;
    for (const message of this.#unsettled()) {
      // The queue is in the order of the calls, what is on its way is ordered by partition.
      if (message.deadline > now) {
        if (this.#queue.has(message)) break;
        continue;
      }
      const { outcome } = message;
      this.withdraw(message, errors.expired(this.topic, settings.deliveryTimeoutMs, this.#failure, outcome));
    }
  }
}
