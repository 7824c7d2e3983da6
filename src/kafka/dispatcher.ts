import type { EventEnvelope } from '../events/envelope.js';
import type { PublishOptions, PublishResult } from '../protocols/kafka.js';
import type { PublishError } from '../errors/publish-error.js';
import { ByteBudget } from './byte-budget.js';
import type { DriverError } from './driver-error.js';
import { Lane } from './lane.js';
import type { LaneContext } from './lane-context.js';
import { Publication } from './publication.js';
import { type Encode, sizeOf, toRecord } from './record.js';
import { withTrace } from './trace-context.js';

/** What a bus has done and has to do. Counts are since the bus was made. */
export interface KafkaBusStats {
  /** Publishes accepted and not yet settled, without those that wait for room in the buffer. */
  readonly buffered: number;
  readonly bufferedBytes: number;
  /** Publishes that wait for room in the buffer. */
  readonly waiting: number;
  /** Of the buffered, those in a request or between two attempts. */
  readonly inFlight: number;
  readonly acknowledged: number;
  readonly failed: number;
  /** Attempts after a failed one. */
  readonly retries: number;
  /** Producers given up because the fate of what they sent last was not known. */
  readonly retiredProducers: number;
  /** What the last `stop()` could not deliver before its deadline. */
  readonly undelivered: { readonly notWritten: number; readonly unknown: number };
}

/** One call of publish. Its message exists once there is room for it. */
interface Call {
  readonly topic: string;
  readonly envelope: EventEnvelope;
  readonly options: PublishOptions;
  readonly deadline: number;
  readonly settle: (result: PublishResult | Error) => void;
}

/** Takes publishes into a bounded buffer and hands each to the lane of its topic. */
export class Dispatcher {
  readonly #context: LaneContext;
  readonly #encode: Encode;
  readonly #budget: ByteBudget;
  readonly #lanes = new Map<string, Lane>();
  /** What ends the wait of each call that has found no room. */
  readonly #waiting = new Set<() => void>();
  #idle: (() => void) | undefined;
  #buffered = 0;
  #acknowledged = 0;
  #failed = 0;
  #retries = 0;
  #retiredProducers = 0;
  #undelivered = { notWritten: 0, unknown: 0 };

  constructor(context: LaneContext, encode: Encode) {
    this.#context = context;
    this.#encode = encode;
    this.#budget = new ByteBudget(context.settings.maxBufferedBytes);
  }

  publish(topic: string, envelope: EventEnvelope, options: PublishOptions): Promise<PublishResult> {
    return new Promise((resolve, reject) => {
      const settle = (result: PublishResult | Error): void => {
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const deadline = performance.now() + this.#context.settings.deliveryTimeoutMs;
      // Here, for the message may be made later and in the context of another call.
      const traced = withTrace(envelope, options.headers);
      const call: Call = { topic, envelope: traced, options, deadline, settle };
      if (this.#budget.open) this.#accept(call);
      else this.#waitForRoom(call);
    });
  }

  /** What each failing lane failed with last. */
  failures(): DriverError[] {
    return [...this.#lanes.values()].flatMap(({ failure }) => failure ?? []);
  }

  /** Kafka is back. */
  forgive(): void {
    for (const lane of this.#lanes.values()) lane.forgive();
  }

  /** Resolves when nothing is buffered or waits; `false` if that takes longer than `timeoutMs`. */
  async drained(timeoutMs: number): Promise<boolean> {
    if (this.#isIdle) return true;
    let timer: NodeJS.Timeout | undefined;
    const inTime = await new Promise<boolean>((resolve) => {
      this.#idle = () => resolve(true);
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    clearTimeout(timer);
    this.#idle = undefined;
    return inTime;
  }

  /** Rejects what is left and closes all connections. */
  async close(): Promise<void> {
    const { errors } = this.#context;
    this.#undelivered = { notWritten: 0, unknown: 0 };
    for (const close of this.#waiting) close();
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    await Promise.all(
      lanes.map((lane) =>
        lane.close((message) => {
          this.#undelivered[message.sent ? 'unknown' : 'notWritten'] += 1;
          return errors.closed(lane.topic, message.outcome);
        }),
      ),
    );
    for (const lane of lanes) {
      this.#retries += lane.retries;
      this.#retiredProducers += lane.retiredProducers;
    }
  }

  stats(): KafkaBusStats {
    const lanes = [...this.#lanes.values()];
    return {
      buffered: this.#buffered,
      bufferedBytes: this.#budget.used,
      waiting: this.#waiting.size,
      inFlight: lanes.reduce((sum, { inFlight }) => sum + inFlight, 0),
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      retries: lanes.reduce((sum, { retries }) => sum + retries, this.#retries),
      retiredProducers: lanes.reduce((sum, lane) => sum + lane.retiredProducers, this.#retiredProducers),
      undelivered: this.#undelivered,
    };
  }

  get #isIdle(): boolean {
    return this.#buffered === 0 && this.#waiting.size === 0;
  }

  #waitForRoom(call: Call): void {
    const { settings, errors } = this.#context;
    const { signal } = call.options;
    const waitMs = Math.min(settings.maxBlockMs, settings.deliveryTimeoutMs);
    const leave = this.#budget.wait(() => {
      end();
      this.#accept(call);
    });
    const timer = setTimeout(() => fail(errors.bufferFull(call.topic, waitMs)), waitMs);
    const onAbort = (): void => fail(errors.aborted(call.topic, signal?.reason, 'not-written'));
    const fail = (error: Error): void => {
      end();
      leave();
      this.#failed += 1;
      call.settle(error);
      if (this.#isIdle) this.#idle?.();
    };
    const close = (): void => {
      this.#undelivered.notWritten += 1;
      fail(errors.closed(call.topic, 'not-written'));
    };
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#waiting.delete(close);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(close);
  }

  #accept(call: Call): void {
    const { topic, envelope, options, deadline } = call;
    const { errors, settings } = this.#context;
    const { signal } = options;
    try {
      const record = toRecord(envelope, options, this.#encode);
      const bytes = sizeOf(record);
      if (bytes > settings.maxMessageBytes) throw errors.tooLarge(topic, bytes, settings.maxMessageBytes);
      const lane = this.#lane(topic);
      const onAbort = (): void => {
        lane.withdraw(message, errors.aborted(topic, signal?.reason, message.outcome, lane.failure));
      };
      const message = new Publication(record, bytes, deadline, (result) => {
        signal?.removeEventListener('abort', onAbort);
        this.#end(call, message, result);
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#budget.take(bytes);
      this.#buffered += 1;
      lane.enqueue(message);
    } catch (error) {
      this.#failed += 1;
      call.settle(errors.unwritable(topic, error));
    }
  }

  #end(call: Call, message: Publication, result: PublishResult | Error): void {
    const { logger } = this.#context;
    const { eventId, eventType, correlationId } = call.envelope;
    this.#buffered -= 1;
    this.#budget.give(message.bytes);
    if (result instanceof Error) {
      this.#failed += 1;
      const { code, outcome } = result as PublishError;
      logger.warn('event not published', {
        topic: call.topic,
        eventId,
        eventType,
        correlationId,
        code,
        outcome,
      });
    } else {
      this.#acknowledged += 1;
      const { topic, partition, offset } = result;
      logger.debug('event published', { topic, partition, offset, eventId, eventType, correlationId });
    }
    call.settle(result);
    if (this.#isIdle) this.#idle?.();
  }

  #lane(topic: string): Lane {
    let lane = this.#lanes.get(topic);
    if (!lane) {
      lane = new Lane(topic, this.#context);
      this.#lanes.set(topic, lane);
    }
    return lane;
  }
}
