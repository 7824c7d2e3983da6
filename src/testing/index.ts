export { slipwayChai } from './chai-plugin.js';
export type { ContractTest, Open, Opened } from './contracts/contract.js';
export { eventConsumerContract } from './contracts/kafka/event-consumer-contract.js';
export { kafkaFaultContract } from './contracts/kafka/fault-contract.js';
export {
  kafkaPublisherContract,
  type OpenedPublisher,
  type StoredMessage,
} from './contracts/kafka/publisher-contract.js';
export { openMemoryKafka } from './contracts/kafka/memory-world.js';
export type {
  KafkaContractOptions,
  KafkaFaults,
  KafkaNeed,
  OpenedKafka,
  RawMessage,
} from './contracts/kafka/opened-kafka.js';
export { redisClientContract } from './contracts/redis/client-contract.js';
export {
  type FaultyRedis,
  type OpenFaulty,
  type RedisLinkFaults,
  type RedisServerFaults,
  type StartableRedis,
} from './contracts/redis/faults.js';
export { redisLinkFaultsContract } from './contracts/redis/link-faults-contract.js';
export { redisPubSubContract } from './contracts/redis/pubsub-contract.js';
export { redisServerFaultsContract } from './contracts/redis/server-faults-contract.js';
export { redisTransactionsContract } from './contracts/redis/transactions-contract.js';
export { leakHooks, type LeakHookOptions, type LeakHooks } from './leaks/leak-hooks.js';
export {
  memoryKafka,
  type MemoryKafkaForTests,
  type MemoryKafkaForTestsOptions,
} from './memory/memory-kafka.js';
export { type MemoryRedis, memoryRedis, type MemoryRedisSettings } from './memory/memory-redis.js';
export { sharedServers, type SharedServerOptions, type SharedServers } from './real/real-servers.js';
export { stub, type Stub } from './stub.js';
export { type Answers, type Property, property } from './stub-answers.js';
export { testApplication, TestApplication, type TestApplicationOptions } from './test-application.js';
export type { LoggedLine } from './test-log.js';
export type { SettleOptions } from './settle.js';
export type { TestServers } from './test-servers.js';
export type {
  DeadLettered,
  EventKey,
  Handled,
  Notified,
  Published,
  TrackedItem,
} from './tracking/tracked.js';
