import { DriverError, type FailureKind } from '../../driver-error.js';
import { kindOfProtocolError } from '../../protocol-errors.js';
import { kindOfSocketError } from '../../socket-errors.js';

interface KafkaJsError extends Error {
  readonly type?: string;
  readonly retriable?: boolean;
  readonly code?: unknown;
  readonly cause?: unknown;
}

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

/**
 * kafkajs calls every failure in the middle of a login an authentication error and keeps of it only the text. These are
 * its own words for a connection that broke or went silent meanwhile; what a broker says of a user reads otherwise.
 */
const brokenLogin =
  /failed: (?:Closed connection$|Connection error: |Connection timeout$|Not connected$|Request .* timed out$)/;

/** What kafkajs really means: the innermost of its wrappers, under the kind that the bus acts on. */
export function classify(reason: unknown): DriverError {
  if (reason instanceof DriverError) return reason;
  const error = innermost(reason);
  const message = error.message === '' ? error.name : error.message;
  return new DriverError(kindOf(error), message, { cause: error });
}

function kindOf(error: KafkaJsError): FailureKind {
  const byType = error.type === undefined ? undefined : kindOfProtocolError[error.type];
  if (byType) return byType;
  // A retriable answer of a broker, such as LEADER_NOT_AVAILABLE: the cluster is not ready for it now. One that is not
  // and stands in no table, such as UNKNOWN, does not say whether the records were written.
  if (error.name === 'KafkaJSConnectionError') {
    const kind = kindOfSocketError(error);
    if (kind) return kind;
  }
  if (error.name === 'KafkaJSProtocolError' && error.retriable === true) return 'unavailable';
  if (error.name === 'KafkaJSSASLAuthenticationError' && brokenLogin.test(error.message))
    return 'unavailable';
  return kindOfName[error.name] ?? 'failed';
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
