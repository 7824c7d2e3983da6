import { setMaxListeners } from 'node:events';
import type { ConsumerRecord, RecordBatch, TopicPartition } from '../consumer-port.js';
import { settlesWithin } from '../settles-within.js';
import { OffsetTracker } from './offset-tracker.js';
import { RunningAttempts } from './running-attempt.js';

export interface PartitionLimits {
  readonly concurrency: number;
  readonly maxInFlight: number;
}

/** Works on one message. Resolves with false if it was given up because the partition goes. Never rejects. */
type Work = (record: ConsumerRecord, partition: PartitionWork) => Promise<boolean>;

/**
 * The messages of one assigned partition, from their arrival to their end: which may begin, which wait for an earlier one
 * of their key, and what may be committed.
 */
export class PartitionWork implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #limits: PartitionLimits;
  readonly #work: Work;
  readonly #onDone: () => void;
  readonly #tracker = new OffsetTracker();
  /** Not begun, in order; before {@link #next} they have gone. */
  #queue: ConsumerRecord[] = [];
  #next = 0;
  /** Keys that are worked on, each with what waits for it. */
  readonly #busy = new Map<string, ConsumerRecord[]>();
  /** Of the busy keys, those whose next message waits for the end of a pause. */
  readonly #resting = new Set<string>();
  /** Those that run. */
  readonly attempts = new RunningAttempts();
  readonly #leaving = new AbortController();
  readonly #aborted = new AbortController();
  #running = 0;
  #isPaused = false;
  #highWatermark = 0n;
  /** Where the group was when the partition was assigned. */
  #start: bigint | undefined;
  #roomWanted: (() => void)[] = [];
  /** Resolves when nothing runs, for all who wait for that. */
  #idle: PromiseWithEnd | undefined;

  constructor(partition: TopicPartition, limits: PartitionLimits, work: Work, onDone: () => void) {
    this.topic = partition.topic;
    this.partition = partition.partition;
    this.#limits = limits;
    this.#work = work;
    this.#onDone = onDone;
    // One for each message that is worked on.
    setMaxListeners(0, this.#leaving.signal, this.#aborted.signal);
  }

  /** Aborted when the partition is to go: no attempt is begun any more, and pauses between attempts end. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Aborted when nobody waits for running handlers any more. */
  get aborted(): AbortSignal {
    return this.#aborted.signal;
  }

  get running(): number {
    return this.#running;
  }

  get committable(): bigint | undefined {
    return this.#tracker.committable;
  }

  /** All below it is done, as far as it is known. */
  get done(): bigint | undefined {
    return this.committable ?? this.#start;
  }

  /** Where the group began in the partition and where it ends, as the brokers say; what was read meanwhile is newer. */
  standsAt(start: bigint | undefined, end: bigint): void {
    this.#start ??= start;
    if (end > this.#highWatermark) this.#highWatermark = end;
  }

  /** It is not read now: it is paused, or has work enough. */
  get isHeld(): boolean {
    return this.#isPaused || this.#roomWanted.length > 0;
  }

  /** The end of the partition when it was read or asked last. */
  get highWatermark(): bigint {
    return this.#highWatermark;
  }

  /** Resolves when there is room for more. */
  add(batch: RecordBatch): Promise<void> {
    if (this.#leaving.signal.aborted) return new Promise(() => undefined);
    this.#highWatermark = batch.highWatermark;
    this.#start ??= batch.records[0]?.offset;
    for (const record of batch.records) {
      this.#queue.push(record);
      this.#tracker.add(record.offset);
    }
    this.#tracker.addedUpTo(batch.nextOffset);
    // Nothing of it will be done, yet the group stands behind it.
    if (batch.records.length === 0) this.#onDone();
    this.#begin();
    if (this.#hasRoom) return Promise.resolve();
    return new Promise((resolve) => {
      this.#roomWanted.push(resolve);
    });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const resting = [...this.#resting];
    this.#resting.clear();
    // All of them before anything else is begun: they were among those that ran.
    for (const lane of resting) this.#runNext(lane);
    this.#begin();
  }

  /** Begins nothing more. Resolves when nothing runs; false if handlers had to be given up after `limitMs`. */
  async leave(limitMs: number): Promise<boolean> {
    this.#leaving.abort();
    if (this.#running === 0) return true;
    this.#idle ??= promiseWithEnd();
    const isInTime = await settlesWithin(limitMs, this.#idle.promise);
    if (!isInTime) this.abandon();
    return isInTime;
  }

  /** Gives up what runs. */
  abandon(): void {
    this.#leaving.abort();
    this.#aborted.abort();
    this.attempts.giveUp();
  }

  /** So much is kept ready that a paused fetch has time to come back. */
  get #hasRoom(): boolean {
    return this.#queue.length - this.#next <= this.#limits.maxInFlight / 2;
  }

  #begin(): void {
    while (this.#next < this.#queue.length && this.#mayBegin()) {
      const record = this.#queue[this.#next];
      this.#next += 1;
      if (record === undefined) continue;
      const lane = this.#laneOf(record);
      const waiting = this.#busy.get(lane);
      if (waiting) waiting.push(record);
      else {
        this.#busy.set(lane, []);
        this.#run(record, lane);
      }
    }
    if (this.#next > 1_000 && this.#next * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
    if (this.#roomWanted.length > 0 && this.#hasRoom) {
      for (const tell of this.#roomWanted) tell();
      this.#roomWanted = [];
    }
  }

  #mayBegin(): boolean {
    if (this.#isPaused || this.#leaving.signal.aborted || this.#running >= this.#limits.concurrency)
      return false;
    // The span counts what waits in the queue too.
    return this.#tracker.span - (this.#queue.length - this.#next) < this.#limits.maxInFlight;
  }

  /** One at a time needs no keys; above that each message without one goes its own way. */
  #laneOf({ key, offset }: ConsumerRecord): string {
    if (this.#limits.concurrency === 1) return '';
    return key === null ? `offset ${offset}` : `key ${key.toString('latin1')}`;
  }

  #run(record: ConsumerRecord, lane: string): void {
    this.#running += 1;
    void this.#work(record, this).then((isDone) => {
      this.#running -= 1;
      if (isDone) {
        this.#tracker.finish(record.offset);
        if (!this.#aborted.signal.aborted) this.#onDone();
      }
      this.#continue(lane);
      if (this.#running === 0) this.#idle?.end();
    });
  }

  #continue(lane: string): void {
    if (this.#leaving.signal.aborted) return;
    if (this.#isPaused && (this.#busy.get(lane)?.length ?? 0) > 0) {
      this.#resting.add(lane);
      return;
    }
    this.#runNext(lane);
    this.#begin();
  }

  #runNext(lane: string): void {
    if (this.#leaving.signal.aborted) return;
    const next = this.#busy.get(lane)?.shift();
    if (next === undefined) this.#busy.delete(lane);
    else this.#run(next, lane);
  }
}

interface PromiseWithEnd {
  readonly promise: Promise<void>;
  readonly end: () => void;
}

function promiseWithEnd(): PromiseWithEnd {
  let end: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end: () => end?.() };
}
