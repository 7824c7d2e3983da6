export type { ApplicationOptions, Overrides } from './container/application-options.js';
export { Application } from './container/application.js';
export type { DescribedToken, GraphDescription } from './container/drawing/description.js';
export { graph, type GraphFormat } from './container/drawing/graph.js';
export {
  type BuildEvent,
  containerEvents,
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
export { PublishError, type PublishOutcome } from './errors/publish-error.js';
export { RedisError } from './errors/redis-error.js';
export { SettingsError, type SettingsFault } from './errors/settings-error.js';
export { SlipwayError, type SlipwayErrorOptions } from './errors/slipway-error.js';
export { createEnvelope, type EnvelopeOptions } from './events/create-envelope.js';
export { encodeEnvelope } from './events/encode-envelope.js';
export type { EventEnvelope } from './events/envelope.js';
export { parseEnvelope } from './events/parse-envelope.js';
export type { ServiceHealth } from './health/component-health.js';
export {
  type HealthOptions,
  healthReport,
  type HealthReport,
  healthResponse,
} from './health/health-report.js';
export { componentHealth, type HttpHealth, kafkaHealth, redisHealth } from './health/http-health.js';
export type { KafkaBusStats } from './kafka/dispatcher.js';
export { DriverError, type FailureKind } from './kafka/driver-error.js';
export { KafkaJsDriver } from './kafka/drivers/kafkajs/kafkajs-driver.js';
export { MemoryDriver } from './kafka/drivers/memory/memory-driver.js';
export {
  MemoryKafka,
  type MemoryKafkaOptions,
  type StoredRecord,
} from './kafka/drivers/memory/memory-kafka.js';
export { KafkaBus } from './kafka/kafka-bus.js';
export { murmur2, partitionOf } from './kafka/partitioner.js';
export type {
  KafkaDriver,
  ProduceReport,
  ProducerOptions,
  ProducerPort,
  ProducerRecord,
  WriteGate,
} from './kafka/producer-port.js';
export type { KafkaBusSettings } from './kafka/settings.js';
export { currentLogContext, type LogFields, withLogContext } from './logging/log-context.js';
export type { LogLevel } from './logging/log-record.js';
export type { LoggingOptions } from './logging/log-writer.js';
export { createLoggerFactory, type ServiceLoggerFactory } from './logging/logger-factory.js';
export { configureServiceLogging, createServiceLogger, flushServiceLogs } from './logging/service-logger.js';
export { Component, type ComponentState, type ComponentStatus } from './protocols/component.js';
export { BackgroundTasks } from './protocols/background-tasks.js';
export { CorrelationId } from './protocols/correlation-id.js';
export { KafkaPublisherProtocol, type PublishOptions, type PublishResult } from './protocols/kafka.js';
export { type LogContext, type Logger, LoggerFactory, silentLogger } from './protocols/logger.js';
export {
  AtomicRedisClientProtocol,
  type BlockingOptions,
  type NotificationData,
  type PubSubMessage,
  RedisClientProtocol,
  RedisPubSubProtocol,
  RedisSession,
  type ScanOptions,
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
export { type ContextValues, type Resolver, ScopeRunner } from './protocols/scope-runner.js';
export {
  type Environment,
  KafkaSettings,
  RedisSettings,
  type RedisTlsSettings,
  ServiceSettings,
} from './protocols/settings.js';
export { infrastructure } from './providers/infrastructure.js';
export { kafka } from './providers/kafka.js';
export { logging } from './providers/logging.js';
export { redis } from './providers/redis.js';
export { settings } from './providers/settings.js';
export type { RedisClientSettings } from './redis/endpoint.js';
export { RedisClient } from './redis/redis-client.js';
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
export type { EnvironmentVariables } from './settings/environment.js';
export { field, type FieldMeta } from './settings/field.js';
export { loadSettings, type Settings } from './settings/load-settings.js';
export { settingsTable } from './settings/settings-table.js';
export { kafkaVariables, redisVariables, serviceVariables } from './settings/variables.js';
export { all, lazy, named, optional } from './tokens/derived.js';
export { protocol, protocolMembers } from './tokens/protocol.js';
export { Scope } from './tokens/scope.js';
export { type Token, token, type TokenName, tokenName, type TokenType } from './tokens/token.js';
