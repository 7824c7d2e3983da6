import { type AnyProvider, type NeededNames, Provider } from '../container/provider.js';
import type { EventDefinition } from '../events/event-definition.js';
import { type EventConsumerSettings } from '../kafka/consumer/consumer-settings.js';
import { EventConsumer } from '../kafka/consumer/event-consumer.js';
import { MetricSources } from '../observability/metric-source.js';
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
import { Intake } from '../protocols/intake.js';
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

/** The consumer joins its group once this is opened. */
class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
const ConsumerGate = token<Gate>()('ConsumerGate');

/**
 * Subscribes to an event, or to all else of a topic: with a function, or with the token of an {@link EventHandler}, which
 * the REQUEST scope of each message makes. An application without that handler does not compile.
 *
 *     consume(ContentCreated, IndexContent, { attempts: 10 })
 */
export function consume<
  const Source extends EventDefinition | string,
  Handler extends HandlerFunction<EventFrom<Source>> | Token<EventHandler<EventFrom<Source>>>,
>(
  source: Source,
  handler: Handler,
  options: HandlingSettings = {},
): Provider<'EventSubscription', HandlerName<Handler>> {
  const provider: AnyProvider = new Provider('consume').provide(EventSubscription, {
    collect: true,
    value: { source, handler, options },
  });
  // Tokens are symbols at run time, whatever their type says.
  if (typeof (handler as unknown) !== 'function') {
    provider.provide(HandlerInUse, {
      scope: Scope.REQUEST,
      collect: true,
      inject: [handler as Token<unknown>],
      create: (made) => made,
    });
  }
  return provider as Provider<'EventSubscription', HandlerName<Handler>>;
}

/** What an application has to provide for a handler: its token by name, and nothing for a function. */
type HandlerName<Handler> = Handler extends Token<unknown> ? NeededNames<readonly [Handler]> : never;

/**
 * The consumer of all that {@link consume} subscribes to; nothing where there is no subscription. It connects at start,
 * which fails if Kafka is not there, and takes messages once the whole application is up. Part of `infrastructure`.
 * @param settings over those of the environment.
 */
export function kafkaConsumer(settings: Partial<EventConsumerSettings> = {}) {
  return new Provider('kafka-consumer')
    .context(CurrentEvent, { scope: Scope.REQUEST })
    .provide(TakesCorrelationId, { value: true, when: ({ has }) => has(CorrelationId) })
    .provide(ConsumerGate, {
      scope: Scope.APP,
      when: ({ has }) => has(EventSubscription),
      create: () => new Gate(),
    })
    .provide(EventConsumer, {
      scope: Scope.APP,
      when: ({ has }) => has(EventSubscription),
      inject: [
        all(EventSubscription),
        ScopeRunner,
        ConsumerGate,
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
        gate,
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
        // An application that does not come up stops the consumer, which then never joins.
        await Promise.all([consumer.start({ after: gate.opened }), traced(logger)]);
        measured?.add(consumer);
        return consumer;
      },
      release: (consumer) => consumer.stop(),
      // The consumer's own limit is its settings'; this one only ends what hangs.
      stopTimeoutMs: (settings.stopTimeoutMs ?? 5_000) + 10_000,
    })
    .provide(Intake, {
      scope: Scope.APP,
      collect: true,
      when: ({ has }) => has(EventSubscription),
      inject: [EventConsumer, ConsumerGate],
      create: (consumer, gate) => ({
        name: consumer.name,
        open: () => gate.open(),
        close: (signal) => consumer.stop({ signal }),
      }),
    })
    .provide(Component, {
      scope: Scope.APP,
      collect: true,
      when: ({ has }) => has(EventSubscription),
      inject: [EventConsumer],
      create: (consumer) => consumer,
    });
}
