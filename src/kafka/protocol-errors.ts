import type { FailureKind } from './driver-error.js';

/** What the error names of Kafka's protocol mean to the bus. Names that are not here say nothing certain. */
export const kindOfProtocolError: Readonly<Record<string, FailureKind>> = {
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
