import { setTimeout as sleep } from 'node:timers/promises';
import { type AnyProvider, Provider } from '../container/provider.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { EventDefinition } from '../events/event-definition.js';
import { type EventConsumerSettings } from '../kafka/consumer/consumer-settings.js';
import { EventConsumer } from '../kafka/consumer/event-consumer.js';
import { MetricSources } from '../observability/metric-source.js';
import { BackgroundTasks } from '../protocols/background-tasks.js';
import { Component } from '../protocols/component.js';
import { CorrelationId } from '../protocols/correlation-id.js';
import {
  CurrentEvent,
  type EventFrom,
  type EventHandler,
  EventSubscription,
  type HandlerFunction,
  type HandlingSettings,
} from '../protocols/event-consumer.js';
import { LoggerFactory } from '../protocols/logger.js';
import { ScopeRunner } from '../protocols/scope-runner.js';
import { KafkaSettings, ServiceSettings } from '../protocols/settings.js';
import { all, optional } from '../tokens/derived.js';
import { Scope } from '../tokens/scope.js';
import { type Token, token } from '../tokens/token.js';
import { SharedKafkaDriver } from './kafka-driver.js';
import { traced } from './traced.js';

/** There if the application declares CorrelationId as a value of its requests; then messages give it too. */
const TakesCorrelationId = token<boolean>()('TakesCorrelationId');
/** Handlers as the graph sees them: what they need is missed before anything opens, and is there before they are. */
const HandlerInUse = token<unknown>()('HandlerInUse');

/** How often an application that starts is asked whether it is up. */
const pollMs = 5;

/**
 * Subscribes to an event, or to all else of a topic: with a function, or with the token of an {@link EventHandler}, which
 * the REQUEST scope of each message makes.
 *
 *     consume(ContentCreated, IndexContent, { attempts: 10 })
 */
export function consume<const Source extends EventDefinition | string>(
  source: Source,
  handler: HandlerFunction<EventFrom<Source>> | Token<EventHandler<EventFrom<Source>>>,
  options: HandlingSettings = {},
): AnyProvider {
  const provider = new Provider('consume').provide(EventSubscription, {
    collect: true,
    value: { source, handler, options },
  });
  // Tokens are symbols at run time, whatever their type says.
  if (typeof (handler as unknown) === 'function') return provider;
  return provider.provide(HandlerInUse, {
    scope: Scope.REQUEST,
    collect: true,
    inject: [handler as Token<unknown>],
    create: (made) => made,
  });
}

/**
 * The consumer of all that {@link consume} subscribes to; nothing where there is no subscription. It connects at start,
 * which fails if Kafka is not there, and takes messages once the whole application is up. Part of `infrastructure`.
 * @param settings over those of the environment.
 */
export function kafkaConsumer(settings: Partial<EventConsumerSettings> = {}) {
  return new Provider('kafka-consumer')
    .context(CurrentEvent, { scope: Scope.REQUEST })
    .provide(TakesCorrelationId, { value: true, when: ({ has }) => has(CorrelationId) })
    .provide(EventConsumer, {
      scope: Scope.APP,
      when: ({ has }) => has(EventSubscription),
      inject: [
        all(EventSubscription),
        ScopeRunner,
        BackgroundTasks,
        KafkaSettings,
        ServiceSettings,
        LoggerFactory,
        optional(SharedKafkaDriver),
        optional(TakesCorrelationId),
        optional(MetricSources),
      ],
      create: async (
        subscriptions,
        runner,
        tasks,
        kafka,
        { serviceName },
        logger,
        driver,
        takesCorrelationId = false,
        measured,
      ) => {
        const isShared = driver?.createConsumer !== undefined && settings.bootstrapServers === undefined;
        // A driver of one's own that only produces leaves consuming to kafkajs.
        const shared = { driver: isShared ? driver : ('kafkajs' as const) };
        const consumer = new EventConsumer(
          {
            ...kafka,
            clientId: `${serviceName}-consumer`,
            serviceName,
            ...shared,
            ...settings,
          },
          { scopes: { runner, scope: Scope.REQUEST, takesCorrelationId }, logger, subscriptions },
        );
        const up = new Promise<void>((resolve, reject) => {
          tasks.run('kafka-consumer: wait for the application', (signal) =>
            whenUp(runner, signal).then(resolve, reject),
          );
        });
        // An application that does not come up stops the consumer, which then never joins.
        up.catch(() => undefined);
        await Promise.all([consumer.start({ after: up }), traced(logger)]);
        measured?.add(consumer);
        return consumer;
      },
      release: (consumer) => consumer.stop(),
      // The consumer's own limit is its settings'; this one only ends what hangs.
      stopTimeoutMs: (settings.stopTimeoutMs ?? 5_000) + 10_000,
    })
    .provide(Component, {
      scope: Scope.APP,
      collect: true,
      when: ({ has }) => has(EventSubscription),
      inject: [EventConsumer],
      create: (consumer) => consumer,
    });
}

/** Resolves when scopes can be entered, which is when the application has started. */
async function whenUp(runner: ScopeRunner, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await runner.runInScope(Scope.REQUEST, [], () => undefined);
      return;
    } catch (error) {
      if (!SlipwayError.is(error, 'SLIPWAY_CONTAINER_NOT_STARTED')) throw error;
    }
    await sleep(pollMs, undefined, { signal });
  }
  throw signal.reason;
}
