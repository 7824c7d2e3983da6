import { describeError } from '../../errors/describe.js';
import { SlipwayError } from '../../errors/slipway-error.js';
import { DriverError, type FailureKind } from '../../kafka/driver-error.js';
import { kafkaErrorCode } from '../../kafka/kafka-errors.js';
import type { KafkaSettings } from '../../protocols/settings.js';
import { type Failed, unforeseen } from './run.js';

const kindOfCode: Readonly<Record<string, FailureKind>> = {
  SLIPWAY_KAFKA_AUTH: 'auth',
  SLIPWAY_KAFKA_TLS: 'tls',
  SLIPWAY_KAFKA_PROTOCOL: 'protocol',
  SLIPWAY_KAFKA_UNKNOWN_TOPIC: 'unknown-topic',
  SLIPWAY_KAFKA_UNAVAILABLE: 'unavailable',
  SLIPWAY_KAFKA_TIMEOUT: 'timeout',
  SLIPWAY_KAFKA_TOO_LARGE: 'too-large',
  SLIPWAY_KAFKA_REJECTED: 'rejected',
};

export const timeoutFix = (settings: Pick<KafkaSettings, 'bootstrapServers'>): string =>
  `${settings.bootstrapServers.join(',')} takes the connection and does not answer: see that the broker is not frozen or starting, and that it is a Kafka.`;

/** Why something of Kafka failed, in the broker's own words where it said some, and what to set. */
export function explainKafka(error: unknown, settings: KafkaSettings): Failed {
  const isDriver = error instanceof DriverError;
  if (!isDriver && !SlipwayError.is(error)) return unforeseen(error);
  const code = isDriver ? kafkaErrorCode(error.kind) : error.code;
  const kind = isDriver ? error.kind : kindOfCode[error.code];
  const cause = isDriver ? error : error.cause;
  return {
    failed: cause instanceof Error ? describeError(cause) : describeError(error),
    fix: kind === undefined ? `See docs/errors.md, ${code}.` : fixOf(kind, settings),
    code,
  };
}

function fixOf(kind: FailureKind, settings: KafkaSettings): string {
  switch (kind) {
    case 'auth':
      return settings.saslUsername === undefined
        ? 'Give this client the right on the broker (kafka-acls.sh), or log in: KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.'
        : 'Correct KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM; a user that is right needs its rights too (kafka-acls.sh).';
    case 'tls':
      return 'Set KAFKA_SSL_CA to the authority of the brokers, and KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY where they want a certificate of the client.';
    case 'protocol':
      return settings.saslUsername === undefined
        ? 'The listener wants a login: set KAFKA_SECURITY_PROTOCOL to SASL_PLAINTEXT or SASL_SSL, with KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD. Or give the port of a listener without one.'
        : 'Set KAFKA_SECURITY_PROTOCOL to that of the listener at this port.';
    case 'unknown-topic':
      return 'Create the topic: kafka-topics.sh --create --topic <name>.';
    case 'too-large':
    case 'rejected':
      return 'See the settings of the topic: the broker refuses the message.';
    case 'timeout':
    case 'unavailable':
    case 'failed':
    case 'fenced':
    case 'sequence':
      return 'See that all brokers run, and that this machine reaches the addresses they advertise (advertised.listeners).';
    default:
      return kind satisfies never;
  }
}
