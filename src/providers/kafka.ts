import { Provider } from '../container/provider.js';
import { KafkaBus } from '../kafka/kafka-bus.js';
import { MetricSources } from '../observability/metric-source.js';
import { Component } from '../protocols/component.js';
import { EventRegistry } from '../protocols/event-registry.js';
import { KafkaPublisherProtocol } from '../protocols/kafka.js';
import { Lifecycle } from '../protocols/lifecycle.js';
import { LoggerFactory } from '../protocols/logger.js';
import { KafkaSettings } from '../protocols/settings.js';
import { lazy, optional } from '../tokens/derived.js';
import { Scope } from '../tokens/scope.js';
import type { Token } from '../tokens/token.js';
import { SharedKafkaDriver } from './kafka-driver.js';
import { traced } from './traced.js';
import { UsedComponent } from './used-component.js';

/**
 * One Kafka producer under its protocol, with the events of {@link registry} where there is one. Opened at start if anything
 * depends on it.
 * @param options.closesBefore what is released after it: handlers may need both until the last event is sent.
 */
export function kafka({ closesBefore = LoggerFactory }: { readonly closesBefore?: Token<unknown> } = {}) {
  return new Provider('kafka')
    .provide(KafkaBus, {
      scope: Scope.APP,
      eager: 'if-used',
      inject: [
        KafkaSettings,
        LoggerFactory,
        optional(SharedKafkaDriver),
        optional(EventRegistry),
        optional(MetricSources),
        // Held lazily, it is released later and not built for this.
        lazy(closesBefore as typeof LoggerFactory),
      ],
      create: async (settings, logger, driver, events, measured) => {
        const bus = new KafkaBus({ ...settings, ...(driver && { driver }) }, logger, events);
        await Promise.all([bus.start(), traced(logger)]);
        measured?.add(bus);
        return bus;
      },
      release: (bus) => bus.stop(),
    })
    .alias(KafkaPublisherProtocol, KafkaBus)
    .provide(Component, {
      scope: Scope.APP,
      eager: 'if-used',
      collect: true,
      inject: [Lifecycle],
      create: (lifecycle) => new UsedComponent('kafka', KafkaBus, lifecycle),
    });
}
