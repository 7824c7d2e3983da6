import { describeError } from '../../errors/describe.js';
import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { componentSamples, type MetricSample, type MetricSource } from '../../observability/metric-source.js';
import type { Component, ComponentStatus, Startup } from '../../protocols/component.js';
import type {
  EventFrom,
  EventHandler,
  EventSubscription,
  HandlerFunction,
  HandlingSettings,
} from '../../protocols/event-consumer.js';
import { type Logger, type LoggerFactory, silentLogger } from '../../protocols/logger.js';
import type { TopicPartition } from '../consumer-port.js';
import { DriverError } from '../driver-error.js';
import { KafkaErrors } from '../kafka-errors.js';
import type { KafkaDriver } from '../producer-port.js';
import { resolveDriver } from '../resolve-driver.js';
import { Turns } from '../turns.js';
import type { Scopes } from './attempt.js';
import {
  type EventConsumerSettings,
  resolveConsumerSettings,
  type ResolvedConsumerSettings,
  settingsError,
} from './consumer-settings.js';
import { consumerSamples } from './consumer-samples.js';
import { ConsumerState } from './consumer-state.js';
import { type EventConsumerStats, partitionStats, type PartitionStats, totalLag } from './consumer-stats.js';
import { createMember } from './create-member.js';
import { DeadLetters } from './dead-letters.js';
import type { GroupMember } from './group-member.js';
import type { MessageCounts } from './message-run.js';
import { Router } from './router.js';

export interface EventConsumerOptions {
  /** Where handlers get their scopes. Without it they have none, and must be functions. */
  readonly scopes?: Scopes;
  readonly logger?: LoggerFactory;
  readonly subscriptions?: readonly EventSubscription[];
}

export interface Rebalance {
  readonly type: 'assigned' | 'revoked';
  /** All that the consumer has from now on, or all that it had. */
  readonly partitions: readonly TopicPartition[];
}

/**
 * Handles the events of topics as a member of a consumer group: each at least once, those of one key in their order, and
 * each in a scope of its own. What cannot be handled goes to the dead letter topic, and nothing a handler throws ends the
 * consumer. docs/kafka.md holds the guarantees and their limits.
 */
export class EventConsumer implements Component, MetricSource, AsyncDisposable {
  readonly name = 'kafka-consumer';
  readonly #settings: ResolvedConsumerSettings;
  readonly #driver: KafkaDriver;
  readonly #errors: KafkaErrors;
  readonly #state: ConsumerState;
  readonly #scopes: Scopes | undefined;
  readonly #logger: Logger;
  readonly #subscriptions: EventSubscription[] = [];
  readonly #turns = new Turns<'start' | 'stop'>();
  readonly #rebalanceListeners = new Set<(rebalance: Rebalance) => void>();
  readonly #counts: MessageCounts = {
    handled: 0,
    failedAttempts: 0,
    deferred: 0,
    deadLetters: 0,
    ignored: 0,
    abandoned: 0,
  };
  #member: GroupMember | undefined;
  #deadLetters: DeadLetters | undefined;
  #isPaused = false;

  /** @throws SlipwayError SLIPWAY_KAFKA_SETTINGS, also for an address that is none, or a driver that only produces. */
  constructor(settings: EventConsumerSettings, options: EventConsumerOptions = {}) {
    this.#settings = resolveConsumerSettings(settings);
    const { driver = 'kafkajs', ...others } = settings;
    this.#driver = typeof driver === 'object' ? driver : resolveDriver({ ...others, driver });
    if (!this.#driver.createConsumer) {
      throw settingsError(`the driver ${this.#driver.name} only produces`, 'Give one that consumes.');
    }
    this.#errors = new KafkaErrors(this.#settings.clientId, this.#driver.address);
    this.#state = new ConsumerState(this.#errors, this.#settings.enabled);
    this.#scopes = options.scopes;
    this.#logger = (options.logger ?? (() => silentLogger))('kafka-consumer');
    this.#subscriptions.push(...(options.subscriptions ?? []));
  }

  /**
   * Says who handles an event, or all messages of a topic that no event's handler takes. Before {@link start}.
   * @throws SlipwayError SLIPWAY_KAFKA_SUBSCRIPTION once the consumer was started.
   */
  subscribe<const Source extends EventDefinition | string>(
    source: Source,
    handler: HandlerFunction<EventFrom<Source>> | EventHandler<EventFrom<Source>>,
    options: HandlingSettings = {},
  ): this {
    if (this.#state.life !== 'stopped' || this.#turns.isPending('start')) {
      throw new SlipwayError('SLIPWAY_KAFKA_SUBSCRIPTION', {
        message: `${this.#settings.clientId} is started, and subscribes to nothing more. Subscribe before start().`,
      });
    }
    const call: HandlerFunction<EventFrom<Source>> =
      typeof handler === 'function' ? handler : (event, delivery) => handler.handle(event, delivery);
    this.#subscriptions.push({ source, handler: call, options });
    return this;
  }

  /**
   * Connects, and resolves when Kafka answers; the group is joined in the background, once `after` has resolved.
   * Idempotent; a consumer that was stopped starts anew. Where `startup` is `optional` it resolves after one
   * attempt too that failed, and Kafka is sought; where `enabled` is false, at once.
   * @throws SlipwayError SLIPWAY_KAFKA_SUBSCRIPTION if there is nothing to consume or two handlers for the same; else
   * with the address and the true cause if Kafka is not reached within `startTimeoutMs`. Nothing is left running then.
   */
  start({ after }: { readonly after?: Promise<unknown> } = {}): Promise<void> {
    if (this.#state.life === 'running' || !this.#settings.enabled) return Promise.resolve();
    return this.#turns.run('start', () => this.#start(after));
  }

  /**
   * Begins no more messages, lets running handlers finish for `stopTimeoutMs` and then aborts their signals, commits what
   * is done and leaves the group. Idempotent; never rejects; takes some four seconds more at most if no broker answers.
   * @param options.signal aborts the handlers' signals earlier.
   */
  stop({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state.life === 'stopped' && !this.#turns.isPending('start')) return Promise.resolve();
    if (this.#state.life === 'running') this.#state.enter('stopping');
    return this.#turns.run('stop', () => this.#stop(signal));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Begins no more messages until {@link resume}. The consumer stays in its group. */
  pause(): void {
    this.#isPaused = true;
    this.#member?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#member?.resume();
  }

  /** Calls `listener` at each change of the partitions. @returns what ends it. */
  onRebalance(listener: (rebalance: Rebalance) => void): () => void {
    this.#rebalanceListeners.add(listener);
    return () => this.#rebalanceListeners.delete(listener);
  }

  get startup(): Startup {
    return this.#settings.startup;
  }

  get readinessGraceMs(): number {
    return this.#settings.readinessGraceMs;
  }

  get status(): ComponentStatus {
    return this.#state.status;
  }

  get details(): Readonly<Record<string, unknown>> {
    const { partitions, lastCommit } = this.stats();
    return {
      group_id: this.#settings.groupId,
      assignments: partitions.map(({ topic, partition }) => `${topic}-${partition}`),
      lag: totalLag(partitions),
      last_commit: lastCommit?.toISOString() ?? null,
      paused: this.#isPaused,
    };
  }

  /** For metrics. */
  get operations(): object {
    return this.#counts;
  }

  samples(): readonly MetricSample[] {
    const { clientId, groupId } = this.#settings;
    return [...componentSamples(this, clientId), ...consumerSamples(this.stats(), groupId)];
  }

  /** Without asking the brokers; of partitions that are not read now they are asked, for the next time. */
  stats(): EventConsumerStats {
    this.#member?.standing.refresh();
    const works = this.#member?.works ?? [];
    return {
      ...this.#counts,
      running: works.reduce((sum, { running }) => sum + running, 0),
      partitions: partitionStats(works),
      lastCommit: this.#member?.lastCommit,
    };
  }

  /**
   * What is not done of each assigned partition, by asking the brokers now; `stats()` knows it as of the last fetch.
   * @throws SlipwayError if they do not answer.
   */
  async lag(): Promise<readonly PartitionStats[]> {
    const member = this.#member;
    if (!member) return [];
    const ends = await member.endOffsets().catch((reason: unknown) => {
      throw this.#errors.start(DriverError.of(reason));
    });
    return partitionStats(member.works, ends);
  }

  async #start(after: Promise<unknown> | undefined): Promise<void> {
    if (this.#state.life === 'running') return;
    const router = this.#router();
    this.#state.enter('starting');
    const deadLetters = new DeadLetters(this.#driver, this.#settings, this.#logger);
    const member = createMember({
      driver: this.#driver,
      settings: this.#settings,
      router,
      deadLetters,
      scopes: this.#scopes,
      logger: this.#logger,
      counts: this.#counts,
      state: this.#state,
      onRebalance: (type, partitions) => this.#onRebalance({ type, partitions }),
    });
    let sought: Promise<void> | undefined;
    try {
      await member.open(this.#settings.startTimeoutMs, this.startup === 'optional' ? 1 : Infinity);
    } catch (reason) {
      const failure = DriverError.of(reason);
      const error = this.#errors.start(failure);
      if (this.#settings.startup === 'required') {
        this.#state.failedToStart(error);
        throw error;
      }
      this.#logger.warn('Kafka is away, and the application starts without it', {
        error: describeError(error),
      });
      this.#state.down(failure);
      sought = member.seek();
    }
    this.#member = member;
    this.#deadLetters = deadLetters;
    if (this.#isPaused) member.pause();
    this.#state.enter('running');
    // A refusal of `after` is its owner's to tell; then nothing is consumed.
    void Promise.all([after, sought]).then(
      () => member.run(),
      () => undefined,
    );
    if (sought !== undefined) return;
    this.#logger.info('Kafka consumer connected', {
      address: this.#driver.address,
      groupId: this.#settings.groupId,
      topics: router.topics,
    });
  }

  async #stop(signal: AbortSignal | undefined): Promise<void> {
    if (this.#state.life === 'stopped') return;
    this.#state.enter('stopping');
    const givenUp = (await this.#member?.leave(signal)) ?? 0;
    await this.#deadLetters?.close();
    this.#member = undefined;
    this.#deadLetters = undefined;
    this.#state.enter('stopped');
    const context = { groupId: this.#settings.groupId, givenUp };
    if (givenUp > 0) this.#logger.warn('Kafka consumer stopped with handlers running', context);
    else this.#logger.info('Kafka consumer stopped', context);
  }

  #router(): Router {
    if (this.#subscriptions.length > 0) return new Router(this.#subscriptions, this.#settings);
    throw new SlipwayError('SLIPWAY_KAFKA_SUBSCRIPTION', {
      message: `${this.#settings.clientId} has nothing to consume. Subscribe to an event or a topic before start().`,
    });
  }

  #onRebalance(rebalance: Rebalance): void {
    for (const listener of this.#rebalanceListeners) {
      try {
        listener(rebalance);
      } catch (error) {
        this.#logger.error('a rebalance listener failed', { error: describeError(error) });
      }
    }
  }
}
