import { Provider } from '../container/provider.js';
import { MetricSources } from '../observability/metric-source.js';
import { Component } from '../protocols/component.js';
import { Lifecycle } from '../protocols/lifecycle.js';
import { LoggerFactory } from '../protocols/logger.js';
import {
  AtomicRedisClientProtocol,
  RedisClientProtocol,
  RedisPubSubProtocol,
  RedisSession,
} from '../protocols/redis.js';
import { RedisSettings } from '../protocols/settings.js';
import { RedisClient } from '../redis/redis-client.js';
import { RedisPubSub } from '../redis/redis-pubsub.js';
import { optional } from '../tokens/derived.js';
import { Scope } from '../tokens/scope.js';
import { traced } from './traced.js';
import { UsedComponent } from './used-component.js';

/** One Redis client under each of its protocols. Opened at start if anything depends on one of them. */
export function redis() {
  return new Provider('redis')
    .provide(RedisClient, {
      scope: Scope.APP,
      eager: 'if-used',
      inject: [RedisSettings, LoggerFactory, optional(MetricSources)],
      create: async (settings, logger, measured) => {
        const client = new RedisClient(settings, logger);
        await Promise.all([client.start(), traced(logger)]);
        measured?.add(client);
        return client;
      },
      release: (client) => client.stop(),
    })
    .alias(AtomicRedisClientProtocol, RedisClient)
    .alias(RedisClientProtocol, RedisClient)
    .provide(RedisPubSub, {
      scope: Scope.APP,
      eager: 'if-used',
      inject: [RedisClient],
      create: (client) => client.pubsub,
    })
    .alias(RedisPubSubProtocol, RedisPubSub)
    .provide(RedisSession, {
      scope: Scope.REQUEST,
      eager: 'if-used',
      inject: [AtomicRedisClientProtocol],
      create: (client) => client.session(),
      release: (session) => session.close(),
    })
    .provide(Component, {
      scope: Scope.APP,
      eager: 'if-used',
      collect: true,
      inject: [Lifecycle],
      create: (lifecycle) => new UsedComponent('redis', RedisClient, lifecycle),
    });
}
