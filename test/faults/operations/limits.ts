/** What a busy machine may need besides, in milliseconds. */
const roomMs = 30_000;

/**
 * What the documents promise of a service with the settings of {@link serviceEnvironment}, and room. Milliseconds.
 * docs/lifecycle.md and docs/health.md tell where each of them comes from.
 */
export const limits = {
  /** A start with a required client that is away: `startTimeoutMs` of Kafka, 5 s, or `deadlineMs` of Redis. */
  failedStart: 5_000 + roomMs,
  /** A start with an optional client that is away makes one attempt, no longer than that. */
  start: 5_000 + roomMs,
  /** From the start until the consumer has its partitions. */
  ready: 10_000 + roomMs,
  /** Until health tells of the fault, and the service is not ready. */
  noticed: {
    /** A heartbeat each second, unanswered for `deadlineMs`. */
    redis: 4_000 + roomMs,
    /** `degraded` after 6 s; not ready once a new connection has failed too, after 8 s more at the longest. */
    kafka: 14_000 + roomMs,
  },
  /** From the end of the fault until all is healthy: the producer's 10 s, and the consumer's session, which may have to end. */
  recovered: 16_000 + roomMs,
  /** A page of health: a check's timeout. */
  page: 1_000 + roomMs,
  /** A piece of work: `REDIS_DEADLINE_MS` and `KAFKA_DELIVERY_TIMEOUT_MS`. */
  answer: 9_000 + roomMs,
  /** The whole stop, so that Kubernetes does not kill. */
  stop: 25_000 + roomMs,
  /** Until everything that was acknowledged has been handled. */
  caughtUp: 15_000 + roomMs,
} as const;

/** For how long the fault lasts under load, or longer: until health tells of it. */
export const outageMs = 4_000;
