export type { ApplicationOptions, Overrides, StopOptions } from './container/application-options.js';
export { Application } from './container/application.js';
export type { DescribedToken, GraphDescription } from './container/drawing/description.js';
export { graph, type GraphFormat } from './container/drawing/graph.js';
export {
  type BuildEvent,
  containerEvents,
  type IntakeEvent,
  type LifecycleEvent,
  type ReleaseEvent,
  type TaskEvent,
} from './container/events.js';
export type { BuildContext, Conditions, Outcome } from './container/factory.js';
export { Inject, Injectable } from './container/inject.js';
export { BuildError, type ReleaseFailure, StartError, StopError } from './container/lifecycle-errors.js';
export type { OpenScope } from './container/open-scope.js';
export { GraphError, type GraphProblem } from './container/problem.js';
export { type AnyProvider, Provider } from './container/provider.js';
export type { BuiltToken, StartReport } from './container/report.js';
export {
  runApplication,
  type Runnable,
  type RunOptions,
  type RunProcess,
} from './container/run-application.js';
export { defaultScopes, defineScopes, type ScopeList, skipped } from './container/scopes.js';
export { SlipwayAggregateError } from './errors/aggregate-error.js';
export { type ErrorCode, errorCodes } from './errors/codes.js';
export {
  errorBody,
  type ErrorBody,
  type ErrorBodyOptions,
  type Problem,
  problemBody,
  type UnforeseenErrorOptions,
} from './errors/error-body.js';
export type { ErrorDetail } from './errors/error-detail.js';
export { type HttpErrorStatus, httpStatusOf } from './errors/http-status.js';
export { PermanentError } from './errors/permanent-error.js';
export { PublishBatchError, type PublishResult } from './errors/publish-batch-error.js';
export { PublishError, type PublishOutcome } from './errors/publish-error.js';
export { RedisError } from './errors/redis-error.js';
export { SettingsError, type SettingsFault } from './errors/settings-error.js';
export { SlipwayError, type SlipwayErrorOptions } from './errors/slipway-error.js';
export { fromCloudEvent } from './events/cloud-events/from-cloud-event.js';
export { isCloudEvent, type KafkaHeaders } from './events/cloud-events/read-message.js';
export {
  type CloudEventMessage,
  type CloudEventOptions,
  toCloudEvent,
} from './events/cloud-events/to-cloud-event.js';
export { createEnvelope, type EnvelopeOptions, type EventContext } from './events/create-envelope.js';
export { defineEvent, type EventOptions } from './events/define-event.js';
export { encodeEnvelope } from './events/encode-envelope.js';
export type { EventEnvelope } from './events/envelope.js';
export { type DataOf, EventDefinition, type EventOf, type Upcaster } from './events/event-definition.js';
export { eventRegistry } from './events/event-registry.js';
export {
  asyncApi,
  type AsyncApiDocument,
  type AsyncApiOptions,
  type AsyncApiServer,
} from './events/generators/async-api.js';
export { eventsTable } from './events/generators/events-table.js';
export type { JsonSchema, JsonSchemaOptions } from './events/generators/json-schema.js';
export { jsonSchemas, type JsonSchemasOptions } from './events/generators/json-schemas.js';
export {
  correlationContext,
  type CorrelationContext,
  correlationIdAsString,
  type CorrelationSources,
  correlationUuid,
  extractCorrelationId,
} from './events/ids/correlation.js';
export { deterministicEventId } from './events/ids/deterministic-event-id.js';
export { headerEventId } from './events/ids/header-event-id.js';
export { idempotencyKey, type IdempotencyKeyParts } from './events/ids/idempotency-key.js';
export { extractUserId, getUserChannel } from './events/ids/user-id.js';
export { jsonFloat, JsonFloat } from './events/json/json-float.js';
export { pythonFloat } from './events/json/python-float.js';
export { KafkaSerializer, type KafkaSerializerOptions } from './events/kafka-serializer.js';
export { encodeNotification } from './events/notification.js';
export {
  type GeneratedField,
  type ParsedEnvelope,
  parseEnvelope,
  type ParseOptions,
} from './events/parse-envelope.js';
export { parseEvent } from './events/parse-event.js';
export { PreciseDate } from './events/precise-date.js';
export { float } from './events/schema/float.js';
export { upcastFrom } from './events/upcast.js';
export type { ServiceHealth } from './health/component-health.js';
export { createHealth, type HealthSource } from './health/create-health.js';
export {
  type HealthOptions,
  type HealthReport,
  healthReport,
  healthResponse,
} from './health/health-report.js';
export { componentHealth, type HttpHealth, kafkaHealth, redisHealth } from './health/http-health.js';
export { expressErrors, expressNotFound, expressScopes } from './http/express-scopes.js';
export { fastifyErrors, fastifyNotFound, fastifyScopes } from './http/fastify-scopes.js';
export { type HealthRouteOptions, healthRoutes, type HealthRoutes } from './http/health-routes.js';
export { httpIntake, type HttpIntakeOptions } from './http/http-intake.js';
export { type HttpRoute, metricsRoute, type RouteAnswer } from './http/http-route.js';
export { type NodeHandler, nodeScopes } from './http/node-scopes.js';
export type { NotificationOptions } from './http/notification-options.js';
export {
  type HttpProblem,
  type ProblemAnswer,
  problemAnswer,
  type ProblemOptions,
  sendProblem,
  unreadableRequests,
} from './http/problem.js';
export { httpRequestOf, type RequestLike, scopeOf } from './http/request-scope.js';
export {
  type NotificationSource,
  userNotifications,
  type UserNotifications,
} from './http/user-notifications.js';
export type { CommitOptions, EventClaim } from './idempotency/event-claim.js';
export { IdempotentReceiver, type Receipt } from './idempotency/idempotent-receiver.js';
export { idempotent, type IdempotentHandler } from './idempotency/idempotent.js';
export type { IdempotencyOptions, IdempotencyRedis, IdempotencySettings } from './idempotency/options.js';
export type { HeaderContent, ReceivedMessage } from './idempotency/received-message.js';
export type { IdempotencyStats } from './idempotency/receiver-telemetry.js';
export type { SkipReason } from './idempotency/take-claim.js';
export type { KafkaConnection, KafkaSasl, KafkaTls } from './kafka/connection.js';
export type {
  ConsumerListener,
  ConsumerOptions,
  ConsumerPort,
  ConsumerRecord,
  PartitionOffset,
  RecordBatch,
  TopicPartition,
} from './kafka/consumer-port.js';
export type { Scopes } from './kafka/consumer/attempt.js';
export type { EventConsumerSettings } from './kafka/consumer/consumer-settings.js';
export type { EventConsumerStats, PartitionStats } from './kafka/consumer/consumer-stats.js';
export type { DeadLetterReason } from './kafka/consumer/dead-letters.js';
export { EventConsumer, type EventConsumerOptions, type Rebalance } from './kafka/consumer/event-consumer.js';
export type { MessageCounts } from './kafka/consumer/message-run.js';
export type { KafkaBusStats } from './kafka/dispatcher.js';
export { DriverError, type FailureKind } from './kafka/driver-error.js';
export { KafkaJsDriver } from './kafka/drivers/kafkajs/kafkajs-driver.js';
export { MemoryDriver } from './kafka/drivers/memory/memory-driver.js';
export { MemoryKafka, type MemoryKafkaOptions } from './kafka/drivers/memory/memory-kafka.js';
export type { StoredRecord } from './kafka/drivers/memory/memory-log.js';
export { PlatformaticDriver } from './kafka/drivers/platformatic/platformatic-driver.js';
export { KafkaBus } from './kafka/kafka-bus.js';
export { murmur2, partitionOf } from './kafka/partitioner.js';
export type {
  ClusterDescription,
  DescribeOptions,
  KafkaDriver,
  ProduceReport,
  ProducerOptions,
  ProducerPort,
  ProducerRecord,
  TopicDescription,
  WriteGate,
} from './kafka/producer-port.js';
export {
  type CircuitState,
  isKafkaTrouble,
  resilientPublisher,
  type ResilientPublisher,
  type ResilientPublisherOptions,
} from './kafka/resilient-publisher.js';
export type { KafkaBusSettings } from './kafka/settings.js';
export type { TransactionalOptions, TransactionalPort } from './kafka/transactional-port.js';
export type { KafkaTransaction } from './kafka/transactions/kafka-transaction.js';
export { currentLogContext, type LogFields, withLogContext } from './logging/log-context.js';
export { eventLogFields, logEventProcessing, type LoggedEvent } from './logging/log-event.js';
export { createLoggerFactory, type ServiceLoggerFactory } from './logging/logger-factory.js';
export {
  type LogFileOptions,
  loggingOptions,
  type LoggingOptions,
  type LogLevels,
  type RedactOptions,
} from './logging/logging-options.js';
export { configureServiceLogging, createServiceLogger, flushServiceLogs } from './logging/service-logger.js';
export { type MetricSample, type MetricSource, MetricSources } from './observability/metric-source.js';
export {
  createMetrics,
  type MetricsOptions,
  type MetricsRegistry,
  type PrometheusMetrics,
} from './observability/prometheus-metrics.js';
export { enableTracing } from './observability/tracing.js';
export { BackgroundTasks } from './protocols/background-tasks.js';
export { Component, type ComponentState, type ComponentStatus, type Startup } from './protocols/component.js';
export { CorrelationId } from './protocols/correlation-id.js';
export {
  type BackoffSettings,
  CurrentEvent,
  type Delivery,
  type EventFrom,
  type EventHandler,
  EventSubscription,
  type HandlerFunction,
  type HandlerToken,
  type HandlingSettings,
} from './protocols/event-consumer.js';
export { EventRegistry, type EventRoute } from './protocols/event-registry.js';
export {
  Health,
  type HealthAnswer,
  HealthCheck,
  type HealthRequest,
  HealthSettings,
} from './protocols/health.js';
export { HttpRequest, RequestScopes } from './protocols/http-request.js';
export { Intake } from './protocols/intake.js';
export type {
  KafkaSaslMechanism,
  KafkaSecurityProtocol,
  KafkaSecuritySettings,
} from './protocols/kafka-security.js';
export {
  KafkaPublisherProtocol,
  type PublishEventOptions,
  type PublishItem,
  type PublishOptions,
} from './protocols/kafka.js';
export { type ApplicationPhase, Lifecycle } from './protocols/lifecycle.js';
export type { LogLevel, LogThreshold } from './protocols/log-levels.js';
export { type LogContext, type Logger, LoggerFactory, silentLogger } from './protocols/logger.js';
export { Metrics } from './protocols/metrics.js';
export {
  AtomicRedisClientProtocol,
  type BlockingOptions,
  type DurableMessage,
  type DurableOptions,
  type DurableSubscription,
  type GroupMessage,
  type GroupOptions,
  type NotificationData,
  type PublishDurableOptions,
  type PubSubConfirmation,
  type PubSubEvent,
  type PubSubGap,
  type PubSubMessage,
  RedisClientProtocol,
  RedisPubSubProtocol,
  RedisSession,
  type ScanOptions,
  type SubscribeOptions,
  type Subscription,
} from './protocols/redis.js';
export type { RedisCommands } from './protocols/redis/commands.js';
export type { RedisScript, ScriptCall, ScriptReply, ScriptTwin } from './protocols/redis/script-commands.js';
export type {
  RangeOptions,
  ScoreBound,
  ScoredMember,
  ScoreRangeOptions,
} from './protocols/redis/sorted-set-commands.js';
export type { SetOptions } from './protocols/redis/string-commands.js';
export type {
  PipelineQueue,
  RedisTransaction,
  TransactionOptions,
  TransactionPipeline,
  TransactionQueue,
  TransactionReads,
  TransactionResult,
} from './protocols/redis/transactions.js';
export {
  type ContextValues,
  type Resolver,
  type RunningScope,
  ScopeRunner,
} from './protocols/scope-runner.js';
export {
  type Environment,
  type KafkaCompression,
  type KafkaDriverName,
  KafkaSettings,
  RedisSettings,
  type RedisTlsSettings,
  ServiceSettings,
} from './protocols/settings.js';
export { events, registry } from './providers/events.js';
export { idempotency } from './providers/idempotency.js';
export { infrastructure, type InfrastructureOptions } from './providers/infrastructure.js';
export { consume, kafkaConsumer } from './providers/kafka-consumer.js';
export { kafka } from './providers/kafka.js';
export { logging } from './providers/logging.js';
export { metrics } from './providers/metrics.js';
export { redis } from './providers/redis.js';
export { requestScopes } from './providers/request-scopes.js';
export { settings } from './providers/settings.js';
export type { RedisClientSettings } from './redis/endpoint.js';
export { RedisClient } from './redis/redis-client.js';
export type { PubSubStats } from './redis/pubsub-stats.js';
export { RedisPubSub } from './redis/redis-pubsub.js';
export { defineScript, type ScriptOptions } from './redis/script.js';
export {
  defineSettings,
  type SettingsDefinition,
  type SettingsOf,
  type SettingsReading,
  type SettingsShape,
  type SettingsVariable,
} from './settings/define-settings.js';
export { envExample } from './settings/env-example.js';
export type { EnvironmentVariables } from './settings/environment.js';
export { field, type FieldMeta } from './settings/field.js';
export { kafkaVariables } from './settings/kafka-variables.js';
export {
  loadSettings,
  type OwnDefinitions,
  type OwnSettings,
  type Settings,
} from './settings/load-settings.js';
export { redisVariables } from './settings/redis-variables.js';
export { serviceVariables } from './settings/service-variables.js';
export { settingsTable } from './settings/settings-table.js';
export { all, lazy, named, optional } from './tokens/derived.js';
export { type ArgumentCounts, protocol, protocolMembers } from './tokens/protocol.js';
export { Scope } from './tokens/scope.js';
export { token, type Token, tokenName, type TokenName, type TokenType } from './tokens/token.js';
