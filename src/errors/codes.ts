/**
 * Every code slipway throws, in one table. A code names its area and what happened; docs/errors.md holds a
 * section for each (a test compares both ways). `retryable` is the default for errors of that code: may the same
 * call succeed later without a change of code or configuration? `deferred`: the error says nothing of the call but that
 * it came too early, so whoever tries it again does not count it as a failure.
 */
export const errorCodes = {
  SLIPWAY_TOKEN_INVALID: { retryable: false },

  SLIPWAY_CONTAINER_INVALID: { retryable: false },
  SLIPWAY_CONTAINER_PROVIDER_INVALID: { retryable: false },
  SLIPWAY_CONTAINER_NOT_STARTED: { retryable: false },
  SLIPWAY_CONTAINER_CLOSED: { retryable: false },
  SLIPWAY_CONTAINER_MISSING: { retryable: false },
  SLIPWAY_CONTAINER_CYCLE: { retryable: false },
  SLIPWAY_CONTAINER_SCOPE: { retryable: false },
  SLIPWAY_CONTAINER_CONTEXT: { retryable: false },
  SLIPWAY_CONTAINER_ASYNC: { retryable: false },
  SLIPWAY_CONTAINER_BUILD: { retryable: true },
  SLIPWAY_CONTAINER_TIMEOUT: { retryable: true },
  SLIPWAY_CONTAINER_INTAKE: { retryable: true },
  SLIPWAY_CONTAINER_START: { retryable: true },
  SLIPWAY_CONTAINER_STOP: { retryable: false },

  SLIPWAY_SETTINGS_INVALID: { retryable: false },
  SLIPWAY_SETTINGS_DEFINITION: { retryable: false },

  SLIPWAY_LOGGING_OPTIONS: { retryable: false },
  SLIPWAY_LOGGING_FILE: { retryable: false },

  SLIPWAY_EVENT_INVALID: { retryable: false },
  SLIPWAY_EVENT_UNREADABLE: { retryable: false },
  SLIPWAY_EVENT_DEFINITION: { retryable: false },
  SLIPWAY_EVENT_UNKNOWN: { retryable: false },
  SLIPWAY_EVENT_VERSION: { retryable: false },
  SLIPWAY_EVENT_NO_JSON_SCHEMA: { retryable: false },
  SLIPWAY_EVENT_CLOUDEVENT: { retryable: false },

  SLIPWAY_KAFKA_SETTINGS: { retryable: false },
  SLIPWAY_KAFKA_NOT_STARTED: { retryable: false },
  SLIPWAY_KAFKA_CLOSED: { retryable: false },
  SLIPWAY_KAFKA_UNAVAILABLE: { retryable: true },
  SLIPWAY_KAFKA_TIMEOUT: { retryable: true },
  SLIPWAY_KAFKA_ABORTED: { retryable: true },
  SLIPWAY_KAFKA_BUFFER_FULL: { retryable: true },
  SLIPWAY_KAFKA_TOO_LARGE: { retryable: false },
  SLIPWAY_KAFKA_AUTH: { retryable: false },
  SLIPWAY_KAFKA_TLS: { retryable: false },
  SLIPWAY_KAFKA_PROTOCOL: { retryable: false },
  SLIPWAY_KAFKA_UNKNOWN_TOPIC: { retryable: true },
  SLIPWAY_KAFKA_REJECTED: { retryable: false },
  SLIPWAY_KAFKA_SEQUENCE: { retryable: true },
  SLIPWAY_KAFKA_SUBSCRIPTION: { retryable: false },
  SLIPWAY_KAFKA_NO_SCOPE: { retryable: false },
  SLIPWAY_KAFKA_HANDLER_TIMEOUT: { retryable: true },
  SLIPWAY_KAFKA_CONSUMER_STOPPED: { retryable: true },
  SLIPWAY_KAFKA_PERMANENT: { retryable: false },

  SLIPWAY_KAFKA_BATCH: { retryable: true },
  SLIPWAY_KAFKA_NO_REGISTRY: { retryable: false },
  SLIPWAY_KAFKA_CIRCUIT_OPEN: { retryable: true },
  SLIPWAY_KAFKA_PACKAGE: { retryable: false },

  SLIPWAY_OBSERVABILITY_PACKAGE: { retryable: false },
  SLIPWAY_OBSERVABILITY_METRICS: { retryable: false },

  SLIPWAY_REDIS_SETTINGS: { retryable: false },
  SLIPWAY_REDIS_ARGUMENT: { retryable: false },
  SLIPWAY_REDIS_NOT_STARTED: { retryable: false },
  SLIPWAY_REDIS_STOPPED: { retryable: false },
  SLIPWAY_REDIS_UNREACHABLE: { retryable: true },
  SLIPWAY_REDIS_TIMEOUT: { retryable: true },
  SLIPWAY_REDIS_CONNECTION_LOST: { retryable: true },
  SLIPWAY_REDIS_WRONG_PASSWORD: { retryable: false },
  SLIPWAY_REDIS_NO_AUTH: { retryable: false },
  SLIPWAY_REDIS_NO_PERMISSION: { retryable: false },
  SLIPWAY_REDIS_DB_OUT_OF_RANGE: { retryable: false },
  SLIPWAY_REDIS_MAX_CLIENTS: { retryable: true },
  SLIPWAY_REDIS_LOADING: { retryable: true },
  SLIPWAY_REDIS_READ_ONLY: { retryable: true },
  SLIPWAY_REDIS_OUT_OF_MEMORY: { retryable: true },
  SLIPWAY_REDIS_NO_REPLICAS: { retryable: true },
  SLIPWAY_REDIS_NOT_PERSISTING: { retryable: true },
  SLIPWAY_REDIS_BUSY: { retryable: true },

  SLIPWAY_REDIS_NO_PRIMARY: { retryable: true },
  SLIPWAY_REDIS_CROSS_SLOT: { retryable: false },
  SLIPWAY_REDIS_MOVED: { retryable: true },
  SLIPWAY_REDIS_NO_CLUSTER: { retryable: false },
  SLIPWAY_REDIS_UNKNOWN_HOST: { retryable: true },
  SLIPWAY_REDIS_TLS: { retryable: false },
  SLIPWAY_REDIS_VALUE_TOO_LARGE: { retryable: false },
  SLIPWAY_REDIS_NO_SCRIPT: { retryable: false },
  SLIPWAY_REDIS_COMMAND: { retryable: false },
  SLIPWAY_REDIS_SHARED_TRANSACTION: { retryable: false },
  SLIPWAY_REDIS_SESSION_STATE: { retryable: false },
  SLIPWAY_REDIS_SESSION_LOST: { retryable: true },
  SLIPWAY_REDIS_CONFLICT: { retryable: true },
  SLIPWAY_REDIS_POOL_EXHAUSTED: { retryable: true },
  SLIPWAY_REDIS_OVERFLOW: { retryable: true },

  SLIPWAY_IDEMPOTENCY_OPTIONS: { retryable: false },
  SLIPWAY_IDEMPOTENCY_IN_PROGRESS: { retryable: true, deferred: true },
  SLIPWAY_IDEMPOTENCY_CLAIM_LOST: { retryable: true },
  SLIPWAY_IDEMPOTENCY_UNAVAILABLE: { retryable: true, deferred: true },
  SLIPWAY_IDEMPOTENCY_NO_ID: { retryable: false },
  SLIPWAY_IDEMPOTENCY_COMMIT: { retryable: false },

  SLIPWAY_HTTP_NO_SCOPE: { retryable: false },
  SLIPWAY_HTTP_CLIENT_GONE: { retryable: true },
  SLIPWAY_HTTP_PACKAGE: { retryable: false },
  SLIPWAY_HTTP_OPTIONS: { retryable: false },

  SLIPWAY_CLI_USAGE: { retryable: false },
  SLIPWAY_CLI_MODULE: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean; readonly deferred?: true }>;

/** A code of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;
