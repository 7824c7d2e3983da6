export { SlipwayAggregateError } from './errors/aggregate-error.js';
export { type ErrorCode, errorCodes } from './errors/codes.js';
export { PublishError, type PublishOutcome } from './errors/publish-error.js';
export { RedisError } from './errors/redis-error.js';
export { SlipwayError, type SlipwayErrorOptions } from './errors/slipway-error.js';
export {
  AtomicRedisClientProtocol,
  type NotificationData,
  type PubSubMessage,
  RedisClientProtocol,
  RedisPubSubProtocol,
  RedisSession,
  type RedisTransaction,
  type Subscription,
} from './protocols/redis.js';
export type { RedisClientSettings } from './redis/endpoint.js';
export { RedisClient } from './redis/redis-client.js';
export { RedisPubSub } from './redis/redis-pubsub.js';
export { protocol, protocolMembers } from './tokens/protocol.js';
export { Scope } from './tokens/scope.js';
export { type Token, type TokenName, type TokenType, token, tokenName } from './tokens/token.js';
