/**
 * Every name under which slipway is observed, in one place. Spans and their attributes are those of OpenTelemetry's
 * semantic conventions for messaging and databases (1.37); what these have a metric for is named as they name it, in
 * Prometheus' writing, and all else begins with `slipway_`. docs/observability.md lists them, which a test compares.
 */
export const attributes = {
  errorType: 'error.type',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  messagingSystem: 'messaging.system',
  messagingOperationName: 'messaging.operation.name',
  messagingOperationType: 'messaging.operation.type',
  messagingDestination: 'messaging.destination.name',
  messagingPartition: 'messaging.destination.partition.id',
  messagingOffset: 'messaging.kafka.offset',
  messagingGroup: 'messaging.consumer.group.name',
  messagingClient: 'messaging.client.id',
  messagingMessage: 'messaging.message.id',
  messagingConversation: 'messaging.message.conversation_id',
  databaseSystem: 'db.system.name',
  databaseOperation: 'db.operation.name',
  databaseNamespace: 'db.namespace',
} as const;

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in seconds: those that the conventions advise. */
  readonly buckets?: readonly number[];
}

/** What a label says instead of the names beyond its limit, and `error_type` of what has no code or class. */
export const overflow = '_OTHER';

const client = 'messaging_client_id';
const group = 'messaging_consumer_group_name';
const topic = 'messaging_destination_name';
const messagingBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const databaseBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

function counter(name: string, help: string, ...labels: readonly string[]): MetricDefinition {
  return { name, type: 'counter', help, labels };
}

function gauge(name: string, help: string, ...labels: readonly string[]): MetricDefinition {
  return { name, type: 'gauge', help, labels };
}

function idempotency(name: string, help: string): MetricDefinition {
  return counter(`slipway_idempotency_${name}_total`, help, 'service');
}

/** What is counted where it happens. */
export const observedMetrics = {
  sendDuration: {
    name: 'messaging_client_operation_duration_seconds',
    type: 'histogram',
    help: 'From the call of publish to its end.',
    labels: ['messaging_system', 'messaging_operation_name', topic, client, 'error_type'],
    buckets: messagingBuckets,
  },
  sent: counter(
    'messaging_client_sent_messages_total',
    'Messages published, or tried to.',
    'messaging_system',
    topic,
    client,
    'error_type',
  ),
  processDuration: {
    name: 'messaging_process_duration_seconds',
    type: 'histogram',
    help: 'One attempt of a handler.',
    labels: ['messaging_system', topic, group, 'error_type'],
    buckets: messagingBuckets,
  },
  consumed: counter(
    'messaging_client_consumed_messages_total',
    'Messages that a handler was called for, each counted once.',
    'messaging_system',
    topic,
    group,
  ),
  commandDuration: {
    name: 'db_client_operation_duration_seconds',
    type: 'histogram',
    help: 'From the call of a Redis command, or of a whole transaction (MULTI), to its end.',
    labels: ['db_system_name', 'db_operation_name', 'client_id', 'error_type'],
    buckets: databaseBuckets,
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** What clients give the values of when they are asked. */
export const sampledMetrics = {
  componentState: gauge(
    'slipway_component_state',
    '1 for the state that the component is in, 0 for the others.',
    'component',
    'client_id',
    'state',
  ),
  componentReconnects: counter(
    'slipway_component_reconnects_total',
    'Connections re-established since start.',
    'component',
    'client_id',
  ),

  publisherBuffered: gauge('slipway_kafka_publisher_buffered_messages', 'Accepted, not settled.', client),
  publisherBufferedBytes: gauge('slipway_kafka_publisher_buffered_bytes', 'Bytes of the buffered.', client),
  publisherWaiting: gauge('slipway_kafka_publisher_waiting_calls', 'Waiting for room in the buffer.', client),
  publisherInFlight: gauge(
    'slipway_kafka_publisher_in_flight_messages',
    'In a request, or between two.',
    client,
  ),
  publisherAcknowledged: counter(
    'slipway_kafka_publisher_acknowledged_total',
    'Messages acknowledged.',
    client,
  ),
  publisherFailed: counter('slipway_kafka_publisher_failed_total', 'Publishes that were rejected.', client),
  publisherRetries: counter('slipway_kafka_publisher_retries_total', 'Attempts after a failed one.', client),
  publisherRetired: counter(
    'slipway_kafka_publisher_retired_producers_total',
    'Producers given up because the fate of what they sent last was not known.',
    client,
  ),

  consumerHandled: counter('slipway_kafka_consumer_handled_total', 'Messages handled.', group),
  consumerFailedAttempts: counter(
    'slipway_kafka_consumer_failed_attempts_total',
    'Attempts that failed.',
    group,
  ),
  consumerDeferred: counter('slipway_kafka_consumer_deferred_total', 'Attempts that came too early.', group),
  consumerDeadLetters: counter(
    'slipway_kafka_consumer_dead_letters_total',
    'Dead letters, acknowledged.',
    group,
  ),
  consumerIgnored: counter(
    'slipway_kafka_consumer_ignored_total',
    'Messages that nothing subscribes to.',
    group,
  ),
  consumerAbandoned: counter(
    'slipway_kafka_consumer_abandoned_total',
    'Given up as their partition went.',
    group,
  ),
  consumerRunning: gauge('slipway_kafka_consumer_running_handlers', 'Handlers that run now.', group),
  consumerLag: gauge(
    'slipway_kafka_consumer_lag_messages',
    'Messages not done, of each assigned partition, as of its last fetch.',
    group,
    topic,
    'messaging_destination_partition_id',
  ),
  consumerLastCommit: gauge(
    'slipway_kafka_consumer_last_commit_timestamp_seconds',
    'When offsets were committed last. Unix seconds.',
    group,
  ),

  pubsubSubscriptions: gauge(
    'slipway_redis_pubsub_subscriptions',
    'Open subscriptions.',
    'client_id',
    'kind',
  ),
  pubsubReceived: counter('slipway_redis_pubsub_received_messages_total', 'From the server.', 'client_id'),
  pubsubDropped: counter('slipway_redis_pubsub_dropped_messages_total', 'Not read in time.', 'client_id'),
  pubsubGaps: counter(
    'slipway_redis_pubsub_gaps_total',
    'Places where messages may be missing.',
    'client_id',
  ),

  idempotencyProcessed: idempotency('processed', 'Handlers that succeeded.'),
  idempotencyCommitted: idempotency(
    'committed',
    'Of those, with an effect committed together with the mark.',
  ),
  idempotencyFailed: idempotency('failed', 'Handlers that failed.'),
  idempotencyReleased: idempotency('released', 'Of those, the claims that are free again.'),
  idempotencyDuplicates: idempotency('duplicates', 'Messages skipped because the event is done.'),
  idempotencyLegacy: idempotency('legacy', 'Messages skipped because of an older or unknown marker.'),
  idempotencyInProgress: idempotency('in_progress', 'Messages refused because the event is being handled.'),
  idempotencyRacesLost: idempotency('races_lost', 'Claims that another receiver was faster with.'),
  idempotencyFailOpen: idempotency('fail_open', 'Handlers run without a claim because Redis failed.'),
  idempotencyUnidentified: idempotency('unidentified', 'Handlers run without a claim for want of an id.'),
  idempotencyTakenOver: idempotency('taken_over', 'Claims taken over.'),
  idempotencyRenewals: idempotency('renewals', 'Renewals of claims.'),
  idempotencyLostClaims: idempotency('lost_claims', 'Claims lost while their handler ran.'),
  idempotencyUnconfirmed: idempotency('unconfirmed', 'Handlers that succeeded and are not marked as done.'),
  idempotencyRepeats: idempotency('repeats', 'Handlers known to have been run for an event before.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type SampledMetric = keyof typeof sampledMetrics;
