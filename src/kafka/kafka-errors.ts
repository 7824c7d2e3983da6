import type { ErrorCode } from '../errors/codes.js';
import { describeError } from '../errors/describe.js';
import { PublishError, type PublishOutcome } from '../errors/publish-error.js';
import { SlipwayError } from '../errors/slipway-error.js';
import { DriverError, type FailureKind } from './driver-error.js';

const codes: Readonly<Record<FailureKind, ErrorCode>> = {
  unavailable: 'SLIPWAY_KAFKA_UNAVAILABLE',
  timeout: 'SLIPWAY_KAFKA_TIMEOUT',
  tls: 'SLIPWAY_KAFKA_TLS',
  protocol: 'SLIPWAY_KAFKA_PROTOCOL',
  'unknown-topic': 'SLIPWAY_KAFKA_UNKNOWN_TOPIC',
  'too-large': 'SLIPWAY_KAFKA_TOO_LARGE',
  auth: 'SLIPWAY_KAFKA_AUTH',
  rejected: 'SLIPWAY_KAFKA_REJECTED',
  sequence: 'SLIPWAY_KAFKA_SEQUENCE',
  fenced: 'SLIPWAY_KAFKA_FENCED',
  failed: 'SLIPWAY_KAFKA_UNAVAILABLE',
};

/** The code of a failure of this kind. */
export function kafkaErrorCode(kind: FailureKind): ErrorCode {
  return codes[kind];
}

const advice: Readonly<Record<PublishOutcome, string>> = {
  'not-written': 'It is not in the topic.',
  unknown: 'It may be in the topic: publish the same envelope again, and consumers know it by its event id.',
};

const startAdvice: Readonly<Partial<Record<FailureKind, string>>> = {
  auth: 'Check user, password and SASL mechanism, and the rights of this client.',
  tls: 'Check that sslCa holds the authority of the brokers, and that their certificate names the host of the address.',
  protocol:
    'Check that securityProtocol is that of the listener at this port: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.',
};

/** The errors of one bus; each names its client id and address. */
export class KafkaErrors {
  readonly #clientId: string;
  readonly #address: string;

  constructor(clientId: string, address: string) {
    this.#clientId = clientId;
    this.#address = address;
  }

  start(failure: DriverError): SlipwayError {
    return new SlipwayError(codes[failure.kind], {
      message: `${this.#who} did not reach Kafka at ${this.#address}: ${describeError(failure)}. ${startAdvice[failure.kind] ?? 'Check the address, and that Kafka runs there.'}`,
      context: this.#context(),
      cause: failure.cause ?? failure,
    });
  }

  /** One line for a health report. */
  describe(failure: DriverError): string {
    return `[${codes[failure.kind]}] ${describeError(failure)}`;
  }

  /** The publish failed by `failure`, for good. */
  failed(topic: string, failure: DriverError, outcome: PublishOutcome): PublishError {
    return this.#publish(codes[failure.kind], topic, `failed: ${describeError(failure)}`, outcome, failure);
  }

  /** The delivery timeout passed; `failure` is what went wrong last, if anything did. */
  expired(
    topic: string,
    timeoutMs: number,
    failure: DriverError | undefined,
    outcome: PublishOutcome,
  ): PublishError {
    const code = failure ? codes[failure.kind] : 'SLIPWAY_KAFKA_TIMEOUT';
    const why = failure ? `; the last attempt failed: ${describeError(failure)}` : '';
    return this.#publish(code, topic, `was not acknowledged within ${timeoutMs} ms${why}`, outcome, failure);
  }

  /** `failure` is what went wrong last, if anything did. */
  aborted(topic: string, reason: unknown, outcome: PublishOutcome, failure?: DriverError): PublishError {
    const why = failure ? `; the last attempt failed: ${describeError(failure)}` : '';
    return this.#publish('SLIPWAY_KAFKA_ABORTED', topic, `was aborted by its signal${why}`, outcome, reason);
  }

  bufferFull(topic: string, waitedMs: number): PublishError {
    const what = `found no room in the buffer within ${waitedMs} ms`;
    return this.#publish('SLIPWAY_KAFKA_BUFFER_FULL', topic, what, 'not-written');
  }

  tooLarge(topic: string, bytes: number, limit: number): PublishError {
    const what = `is too large: ${bytes} bytes where maxMessageBytes allows ${limit}`;
    return this.#publish('SLIPWAY_KAFKA_TOO_LARGE', topic, what, 'not-written');
  }

  /** The message could not be made: nothing of it left the process. */
  unwritable(topic: string, reason: unknown): PublishError {
    if (PublishError.is(reason)) return reason;
    const error = SlipwayError.is(reason) ? reason : undefined;
    return new PublishError(error?.code ?? 'SLIPWAY_EVENT_INVALID', {
      message:
        error?.rawMessage ?? `The message for topic ${topic} cannot be written: ${describeError(reason)}`,
      context: { ...error?.context, ...this.#context(), topic },
      outcome: 'not-written',
      cause: error?.cause ?? reason,
    });
  }

  noRegistry(eventType: string): PublishError {
    return new PublishError('SLIPWAY_KAFKA_NO_REGISTRY', {
      message:
        `${this.#who} knows no events, so it cannot tell the topic of ${eventType}. Give KafkaBus an event registry, ` +
        'as the provider registry() does (infrastructure() has it), or call publish with a topic.',
      context: { ...this.#context(), eventType },
      outcome: 'not-written',
    });
  }

  /** The message was to be written in a transaction, which is not committed. */
  rolledBack(topic: string, what: string, cause?: unknown): PublishError {
    return this.#publish('SLIPWAY_KAFKA_TRANSACTION', topic, what, 'not-written', cause);
  }

  /** The transaction itself failed; `outcome` is that of all that was published in it. */
  transaction(failure: DriverError, what: string, outcome: PublishOutcome): PublishError {
    return new PublishError(codes[failure.kind], {
      message:
        `A transaction of ${this.#who} at ${this.#address} ${what}: ${describeError(failure)}. ` +
        (outcome === 'unknown'
          ? 'It may be committed: do it again with the same envelopes, and consumers know them by their event ids.'
          : 'Nothing of it is read by consumers that read what is committed.'),
      context: this.#context(),
      outcome,
      cause: failure.cause ?? failure,
    });
  }

  noTransactions(driver: string): SlipwayError {
    return new SlipwayError('SLIPWAY_KAFKA_TRANSACTION', {
      message: `The Kafka driver ${driver} of ${this.#who} has no transactions. Use the driver kafkajs.`,
      context: this.#context(),
    });
  }

  /** The bus may be away at start, and is. */
  notReachedYet(topic: string, failure: DriverError): PublishError {
    const what = `found Kafka away: it was not reached since the start, and is sought: ${describeError(failure)}`;
    return this.#publish('SLIPWAY_KAFKA_UNAVAILABLE', topic, what, 'not-written', failure);
  }

  disabled(topic: string): PublishError {
    const what = 'found the client switched off: KAFKA_ENABLED is false';
    return this.#publish('SLIPWAY_KAFKA_DISABLED', topic, what, 'not-written');
  }

  notStarted(topic: string): PublishError {
    const what = 'came before start(): call and await start() first';
    return this.#publish('SLIPWAY_KAFKA_NOT_STARTED', topic, what, 'not-written');
  }

  closed(topic: string, outcome: PublishOutcome): PublishError {
    const what =
      outcome === 'unknown' ? 'was not acknowledged when the bus stopped' : 'found the bus stopped';
    return this.#publish('SLIPWAY_KAFKA_CLOSED', topic, what, outcome);
  }

  #publish(
    code: ErrorCode,
    topic: string,
    what: string,
    outcome: PublishOutcome,
    cause?: unknown,
  ): PublishError {
    const inner = cause instanceof DriverError ? (cause.cause ?? cause) : cause;
    return new PublishError(code, {
      message: `A message of ${this.#who} for topic ${topic} at ${this.#address} ${what}. ${advice[outcome]}`,
      context: { ...this.#context(), topic },
      outcome,
      ...(inner === undefined ? {} : { cause: inner }),
    });
  }

  get #who(): string {
    return `Kafka client ${this.#clientId}`;
  }

  #context(): Readonly<Record<string, unknown>> {
    return { clientId: this.#clientId, address: this.#address };
  }
}
