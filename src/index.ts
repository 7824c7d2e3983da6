export { SlipwayAggregateError } from './errors/aggregate-error.js';
export { type ErrorCode, errorCodes } from './errors/codes.js';
export { PublishError, type PublishOutcome } from './errors/publish-error.js';
export { RedisError } from './errors/redis-error.js';
export { SlipwayError, type SlipwayErrorOptions } from './errors/slipway-error.js';
export { createEnvelope, type EnvelopeOptions } from './events/create-envelope.js';
export { encodeEnvelope } from './events/encode-envelope.js';
export { type EventEnvelope } from './events/envelope.js';
export { parseEnvelope } from './events/parse-envelope.js';
export { type KafkaBusStats } from './kafka/dispatcher.js';
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
export {
  type KafkaDriver,
  type ProduceReport,
  type ProducerOptions,
  type ProducerPort,
  type ProducerRecord,
  type WriteGate,
} from './kafka/producer-port.js';
export { type KafkaBusSettings } from './kafka/settings.js';
export { type Component, type ComponentState, type ComponentStatus } from './protocols/component.js';
export { KafkaPublisherProtocol, type PublishOptions, type PublishResult } from './protocols/kafka.js';
export { type LogContext, type Logger, LoggerFactory, silentLogger } from './protocols/logger.js';
export { KafkaSettings } from './protocols/settings.js';
export { protocol, protocolMembers } from './tokens/protocol.js';
export { Scope } from './tokens/scope.js';
export { type Token, type TokenName, type TokenType, token, tokenName } from './tokens/token.js';
