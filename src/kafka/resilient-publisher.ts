import type { CircuitBreakerPolicy, CircuitState as PolicyState } from 'cockatiel';
import { PublishBatchError, type PublishResult } from '../errors/publish-batch-error.js';
import { PublishError } from '../errors/publish-error.js';
import type {
  KafkaPublisherProtocol,
  PublishEventOptions,
  PublishItem,
  PublishOptions,
} from '../protocols/kafka.js';
import type { EventEnvelope } from '../events/envelope.js';
import { type Logger, type LoggerFactory, silentLogger } from '../protocols/logger.js';
import { optionalPackage } from '../errors/optional-package.js';

export interface ResilientPublisherOptions {
  /** Names the circuit in logs and errors. Default `kafka`. */
  readonly name?: string;
  /** How many publishes in a row have to fail before the circuit opens. Default 5, as in the original. */
  readonly failureThreshold?: number;
  /** How long it stays open before one publish is let through to try. Milliseconds, default 60000, as in the original. */
  readonly recoveryTimeoutMs?: number;
  /** Which errors tell that Kafka is in trouble. Default {@link isKafkaTrouble}. */
  readonly counts?: (error: unknown) => boolean;
}

export interface CircuitState {
  /** `half-open`: one publish is under way that decides. */
  readonly state: 'closed' | 'open' | 'half-open';
  /** Failed publishes in a row that count. */
  readonly failures: number;
  /** Publishes refused because the circuit was not closed, since the beginning. */
  readonly refused: number;
  /** When the circuit opened last, unless it is closed. */
  readonly openedAt?: Date;
  /** The last failure that counted, as `[code] message`, unless the circuit is closed. */
  readonly lastError?: string;
}

/** A publisher behind a circuit breaker. */
export interface ResilientPublisher extends KafkaPublisherProtocol {
  getState(): CircuitState;
}

const trouble: ReadonlySet<string> = new Set([
  'SLIPWAY_KAFKA_UNAVAILABLE',
  'SLIPWAY_KAFKA_TIMEOUT',
  'SLIPWAY_KAFKA_BUFFER_FULL',
]);

/** What only the brokers can have said: as good an answer as success to the question whether they answer. */
const answers: ReadonlySet<string> = new Set(['SLIPWAY_KAFKA_AUTH', 'SLIPWAY_KAFKA_UNKNOWN_TOPIC']);

/**
 * Does the error tell that Kafka is in trouble, rather than the message or the caller? Kafka not reached, no
 * acknowledgement in time (also by an `AbortSignal.timeout`), a full buffer; of a batch, any of its errors.
 */
export function isKafkaTrouble(error: unknown): boolean {
  if (PublishBatchError.is(error)) return error.errors.some(isKafkaTrouble);
  if (!PublishError.is(error)) return false;
  const isTimeLimit = error.cause instanceof Error && error.cause.name === 'TimeoutError';
  return trouble.has(error.code) || (error.code === 'SLIPWAY_KAFKA_ABORTED' && isTimeLimit);
}

/**
 * Puts a circuit breaker (cockatiel) before a publisher. After {@link ResilientPublisherOptions.failureThreshold} failures
 * in a row the circuit opens: publishes are refused at once with a PublishError SLIPWAY_KAFKA_CIRCUIT_OPEN, retryable,
 * outcome `not-written`. After the recovery time one publish is let through; it closes the circuit or opens it again.
 * Nothing is kept to be sent later: that a publish resolved means that Kafka has the message.
 * @throws SlipwayError SLIPWAY_KAFKA_PACKAGE if cockatiel is not installed.
 */
export async function resilientPublisher(
  inner: KafkaPublisherProtocol,
  options: ResilientPublisherOptions = {},
  logger: LoggerFactory = () => silentLogger,
): Promise<ResilientPublisher> {
  const { circuitBreaker, ConsecutiveBreaker, handleWhen } = await optionalPackage(
    'SLIPWAY_KAFKA_PACKAGE',
    'cockatiel',
    'resilientPublisher',
    () => import('cockatiel'),
  );
  const { failureThreshold = 5, recoveryTimeoutMs = 60_000, counts = isKafkaTrouble } = options;
  const breaker = new ConsecutiveBreaker(failureThreshold);
  const policy: CircuitBreakerPolicy = circuitBreaker(
    // The one publish that decides closes the circuit only if Kafka has answered it.
    handleWhen((error) => counts(error) || (policy.state === halfOpen && !isAnswer(error))),
    { halfOpenAfter: recoveryTimeoutMs, breaker },
  );
  return new Breaker(inner, policy, {
    name: options.name ?? 'kafka',
    recoveryTimeoutMs,
    logger: logger('circuit'),
  });
}

// cockatiel's own, which may not be imported as values: it is loaded when it is needed.
const [closed, halfOpen]: readonly [PolicyState.Closed, PolicyState.HalfOpen] = [0, 2];

function isAnswer(error: unknown): boolean {
  return PublishError.is(error) && answers.has(error.code);
}

interface Circuit {
  readonly name: string;
  readonly recoveryTimeoutMs: number;
  readonly logger: Logger;
}

class Breaker implements ResilientPublisher {
  readonly #inner: KafkaPublisherProtocol;
  readonly #policy: CircuitBreakerPolicy;
  readonly #circuit: Circuit;
  #failures = 0;
  #refused = 0;
  #openedAt: Date | undefined;
  #lastError: string | undefined;

  constructor(inner: KafkaPublisherProtocol, policy: CircuitBreakerPolicy, circuit: Circuit) {
    const { name, recoveryTimeoutMs, logger } = circuit;
    this.#inner = inner;
    this.#policy = policy;
    this.#circuit = circuit;
    policy.onFailure(({ handled, reason }) => {
      if (!handled) return;
      this.#failures += 1;
      this.#lastError = 'error' in reason ? reason.error.message : undefined;
    });
    policy.onSuccess(() => {
      this.#failures = 0;
    });
    policy.onBreak(() => {
      this.#openedAt = new Date();
      logger.warn('circuit opened', { circuit: name, recoveryTimeoutMs, error: this.#lastError });
    });
    policy.onHalfOpen(() => logger.info('circuit half-open: one publish is let through', { circuit: name }));
    policy.onReset(() => {
      this.#failures = 0;
      this.#openedAt = undefined;
      this.#lastError = undefined;
      logger.info('circuit closed', { circuit: name });
    });
  }

  publish(topic: string, envelope: EventEnvelope, options?: PublishOptions): Promise<PublishResult> {
    return this.#guard(
      () => this.#inner.publish(topic, envelope, options),
      () => this.#refusal(),
    );
  }

  publishEvent(envelope: EventEnvelope, options?: PublishEventOptions): Promise<PublishResult> {
    return this.#guard(
      () => this.#inner.publishEvent(envelope, options),
      () => this.#refusal(),
    );
  }

  publishBatch(
    items: readonly PublishItem[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly PublishResult[]> {
    return this.#guard(
      () => this.#inner.publishBatch(items, options),
      () => new PublishBatchError(items.map(() => this.#refusal())),
    );
  }

  getState(): CircuitState {
    const isClosed = this.#policy.state === closed;
    const state = this.#policy.state === halfOpen ? 'half-open' : isClosed ? 'closed' : 'open';
    return {
      state,
      failures: this.#failures,
      refused: this.#refused,
      ...(isClosed || this.#openedAt === undefined ? {} : { openedAt: this.#openedAt }),
      ...(isClosed || this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  async #guard<T>(call: () => Promise<T>, refusal: () => Error): Promise<T> {
    // cockatiel would let others wait for the one that tries. They would wait longer than their signals allow.
    if (this.#policy.state === halfOpen || this.#openForMs > 0) {
      this.#refused += 1;
      throw refusal();
    }
    return this.#policy.execute(call);
  }

  /** How long the circuit stays open yet. */
  get #openForMs(): number {
    if (this.#policy.state === closed || this.#openedAt === undefined) return 0;
    return this.#openedAt.getTime() + this.#circuit.recoveryTimeoutMs - Date.now();
  }

  #refusal(): PublishError {
    const { name } = this.#circuit;
    const retryAfterMs = Math.max(0, this.#openForMs);
    return new PublishError('SLIPWAY_KAFKA_CIRCUIT_OPEN', {
      message:
        `The circuit ${name} is ${this.getState().state} after ${this.#failures} failures, the last of them: ` +
        `${this.#lastError ?? 'unknown'} The message was not sent. Publish it again in ${retryAfterMs} ms or later.`,
      context: { circuit: name, retryAfterMs },
      outcome: 'not-written',
    });
  }
}
