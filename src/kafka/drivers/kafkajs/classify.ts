import { DriverError, type FailureKind } from '../../driver-error.js';

interface KafkaJsError extends Error {
  readonly type?: string;
  readonly retriable?: boolean;
  readonly code?: unknown;
  readonly cause?: unknown;
}

const kindOfType: Readonly<Record<string, FailureKind>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown-topic',
  MESSAGE_TOO_LARGE: 'too-large',
  RECORD_LIST_TOO_LARGE: 'too-large',
  TOPIC_AUTHORIZATION_FAILED: 'auth',
  CLUSTER_AUTHORIZATION_FAILED: 'auth',
  SASL_AUTHENTICATION_FAILED: 'auth',
  UNSUPPORTED_SASL_MECHANISM: 'auth',
  INVALID_TOPIC_EXCEPTION: 'rejected',
  INVALID_RECORD: 'rejected',
  INVALID_TIMESTAMP: 'rejected',
  POLICY_VIOLATION: 'rejected',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'rejected',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'sequence',
  DUPLICATE_SEQUENCE_NUMBER: 'sequence',
  UNKNOWN_PRODUCER_ID: 'sequence',
  INVALID_PRODUCER_EPOCH: 'sequence',
  INVALID_PRODUCER_ID_MAPPING: 'sequence',
  REQUEST_TIMED_OUT: 'timeout',
};

const kindOfName: Readonly<Record<string, FailureKind>> = {
  KafkaJSConnectionError: 'unavailable',
  KafkaJSConnectionClosedError: 'unavailable',
  KafkaJSBrokerNotFound: 'unavailable',
  KafkaJSNoBrokerAvailableError: 'unavailable',
  KafkaJSMetadataNotLoaded: 'unavailable',
  KafkaJSTopicMetadataNotLoaded: 'unavailable',
  KafkaJSRequestTimeoutError: 'timeout',
  KafkaJSLockTimeout: 'timeout',
  KafkaJSSASLAuthenticationError: 'auth',
  LeadersMoved: 'unavailable',
};

/** What kafkajs really means: the innermost of its wrappers, under the kind that the bus acts on. */
export function classify(reason: unknown): DriverError {
  if (reason instanceof DriverError) return reason;
  const error = innermost(reason);
  const message = error.message === '' ? error.name : error.message;
  return new DriverError(kindOf(error), message, { cause: error });
}

function kindOf(error: KafkaJsError): FailureKind {
  const byType = error.type === undefined ? undefined : kindOfType[error.type];
  if (byType) return byType;
  // A retriable answer of a broker, such as LEADER_NOT_AVAILABLE: the cluster is not ready for it now. One that is not
  // and stands in no table, such as UNKNOWN, does not say whether the records were written.
  if (error.name === 'KafkaJSConnectionError') {
    const kind = kindOfSocketError(error);
    if (kind) return kind;
  }
  if (error.name === 'KafkaJSProtocolError' && error.retriable === true) return 'unavailable';
  return kindOfName[error.name] ?? 'failed';
}

/** Node's codes of certificates that are not trusted. */
const certificateCode =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_TLS_)/;

function kindOfSocketError({ code, message }: KafkaJsError): FailureKind | undefined {
  const text = typeof code === 'string' ? code : '';
  if (text === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'protocol';
  if (certificateCode.test(text) || text.startsWith('ERR_SSL_')) return 'tls';
  // Node's words for a peer that hangs up on the first bytes of TLS. A Kafka listener without TLS takes them for the
  // length of a request, and one that is too large.
  return message.includes('before secure TLS connection was established') ? 'protocol' : undefined;
}

/** "KafkaJSNonRetriableError" and "KafkaJSNumberOfRetriesExceeded" only say that kafkajs gave up; their cause says why. */
function innermost(reason: unknown): KafkaJsError {
  let error: KafkaJsError = reason instanceof Error ? reason : new Error(String(reason));
  for (let depth = 0; depth < 10; depth += 1) {
    const { cause } = error;
    if (!(cause instanceof Error) || cause === error) break;
    error = cause;
  }
  return error;
}
