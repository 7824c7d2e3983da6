import { randomUUID } from 'node:crypto';
import { describeError } from '../../errors/describe.js';
import type { Logger } from '../../protocols/logger.js';
import { connect, readyTimeoutMs } from '../connect.js';
import { DriverError } from '../driver-error.js';
import type { KafkaDriver, ProducerOptions } from '../producer-port.js';
import { settlesWithin } from '../settles-within.js';
import type { TransactionalPort } from '../transactional-port.js';
import { KafkaTransaction, type TransactionContext } from './kafka-transaction.js';

export interface TransactionsContext extends TransactionContext {
  readonly driver: KafkaDriver;
  readonly producerOptions: ProducerOptions;
  readonly logger: Logger;
}

/** How a commit can fail so that it certainly did not happen. */
const certain: ReadonlySet<string> = new Set(['fenced', 'auth', 'rejected']);

/** What a transaction that is cut short gets to end in order. Milliseconds. */
const abortGraceMs = 1_000;

/** The transactions of one bus: one after the other, on one transactional producer that is made for the first. */
export class Transactions {
  readonly #context: TransactionsContext;
  readonly #id: string;
  #port: TransactionalPort | undefined;
  /** The last one that is under way or waits. Never rejects. */
  #last: Promise<unknown> = Promise.resolve();
  #underWay = 0;
  /** Rejects the work of the one that is open. */
  #cut: ((reason: DriverError) => void) | undefined;
  #isClosed = false;
  #fenced: DriverError | undefined;

  constructor(context: TransactionsContext) {
    this.#context = context;
    const { clientId, transactionalId } = context.settings;
    this.#id = transactionalId ?? `${clientId}-${randomUUID()}`;
  }

  /** See {@link KafkaBus.transaction}. */
  async run<T>(work: (transaction: KafkaTransaction) => T | PromiseLike<T>): Promise<T> {
    const { deliveryTimeoutMs } = this.#context.settings;
    const before = this.#last;
    let leave: (() => void) | undefined;
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last = before.then(() => turn);
    this.#underWay += 1;
    try {
      if (this.#underWay > 1 && !(await settlesWithin(deliveryTimeoutMs, before))) {
        throw this.#failed(new DriverError('timeout', 'others took too long'), 'did not begin');
      }
      return await this.#run(work);
    } finally {
      this.#underWay -= 1;
      leave?.();
    }
  }

  /** Waits up to `timeoutMs` for those under way, then aborts them. Never rejects. */
  async close(timeoutMs: number): Promise<void> {
    await settlesWithin(timeoutMs, this.#last);
    this.#isClosed = true;
    this.#cut?.(stopped());
    if (!(await settlesWithin(abortGraceMs, this.#last))) await this.#port?.kill();
    await this.#last;
    const port = this.#port;
    this.#port = undefined;
    await port?.close();
  }

  /** After a stop. */
  reopen(): void {
    this.#isClosed = false;
    this.#fenced = undefined;
  }

  async #run<T>(work: (transaction: KafkaTransaction) => T | PromiseLike<T>): Promise<T> {
    if (this.#isClosed) throw this.#failed(stopped(), 'did not begin');
    const port = await this.#begin();
    const transaction = new KafkaTransaction(port, this.#context);
    let result: T;
    try {
      result = await this.#within(transaction, work);
    } catch (error) {
      if (!(await settlesWithin(abortGraceMs, transaction.settled()))) await port.kill();
      await this.#abort(port, transaction);
      throw error;
    }
    await transaction.settled();
    if (transaction.failure) {
      await this.#abort(port, transaction);
      throw transaction.failure;
    }
    await this.#commit(port);
    return result;
  }

  /** What `work` gives, unless the transaction's time is over first. */
  async #within<T>(
    transaction: KafkaTransaction,
    work: (transaction: KafkaTransaction) => T | PromiseLike<T>,
  ): Promise<T> {
    const { transactionTimeoutMs } = this.#context.settings;
    let timer: NodeJS.Timeout | undefined;
    const cut = new Promise<never>((_, reject) => {
      this.#cut = (reason) => {
        transaction.end('came after its transaction was aborted');
        reject(this.#failed(reason, 'was aborted'));
      };
      const late = new DriverError('timeout', `it did not end within ${transactionTimeoutMs} ms`);
      timer = setTimeout(() => this.#cut?.(late), transactionTimeoutMs);
    });
    try {
      return await Promise.race([(async () => work(transaction))(), cut]);
    } finally {
      clearTimeout(timer);
      this.#cut = undefined;
    }
  }

  async #begin(): Promise<TransactionalPort> {
    const { driver, errors, producerOptions, settings } = this.#context;
    if (!driver.createTransactions) throw errors.noTransactions(driver.name);
    if (this.#fenced) throw this.#failed(this.#fenced, 'was refused');
    const { transactionTimeoutMs } = settings;
    let port = this.#port;
    try {
      if (!port) {
        port = driver.createTransactions({
          ...producerOptions,
          transactionalId: this.#id,
          transactionTimeoutMs,
        });
        this.#port = port;
        await connect(port, readyTimeoutMs);
      }
      await this.#inTime(port.begin());
      return port;
    } catch (reason) {
      const failure = DriverError.of(reason);
      await this.#discard(port, failure);
      throw this.#failed(failure, 'did not begin');
    }
  }

  async #commit(port: TransactionalPort): Promise<void> {
    try {
      await this.#inTime(port.commit());
    } catch (reason) {
      const failure = DriverError.of(reason);
      await this.#discard(port, failure);
      const isCertain = certain.has(failure.kind);
      throw this.#failed(failure, 'was not committed', isCertain ? 'not-written' : 'unknown');
    }
  }

  /** Never rejects: what the brokers do not hear of they abort by themselves, when the next one begins or its time is over. */
  async #abort(port: TransactionalPort, { broken }: KafkaTransaction): Promise<void> {
    let failure = broken;
    try {
      await this.#inTime(port.abort());
    } catch (reason) {
      failure ??= DriverError.of(reason);
      this.#context.logger.warn('a Kafka transaction was left for the brokers to abort', {
        error: describeError(reason),
      });
    }
    // What a producer's sequences are after a failure is not known.
    if (failure) await this.#discard(port, failure);
  }

  /** The next transaction makes a new producer, which aborts or ends what this one left. */
  async #discard(port: TransactionalPort | undefined, { kind, message, cause }: DriverError): Promise<void> {
    if (this.#port === port) this.#port = undefined;
    // An id that nobody else can have was given up by the brokers for its age, and may be taken anew.
    if (kind === 'fenced' && this.#context.settings.transactionalId !== undefined)
      this.#fenced = new DriverError(kind, message, { cause });
    await port?.kill();
  }

  async #inTime(call: Promise<void>): Promise<void> {
    const { deliveryTimeoutMs } = this.#context.settings;
    if (await settlesWithin(deliveryTimeoutMs, call)) return;
    // What it ends with is nobody's any more.
    call.catch(() => undefined);
    throw new DriverError('timeout', `no answer within ${deliveryTimeoutMs} ms`);
  }

  #failed(failure: DriverError, what: string, outcome: 'not-written' | 'unknown' = 'not-written'): Error {
    return this.#context.errors.transaction(failure, what, outcome);
  }
}

function stopped(): DriverError {
  return new DriverError('unavailable', 'the bus was stopped');
}
