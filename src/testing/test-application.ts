import { randomUUID } from 'node:crypto';
import { Application } from '../container/application.js';
import type { ApplicationOptions, Complete, StopOptions } from '../container/application-options.js';
import type { OpenScope } from '../container/open-scope.js';
import type { AnyProvider } from '../container/provider.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { EventEnvelope } from '../events/envelope.js';
import type { MemoryKafka } from '../kafka/drivers/memory/memory-kafka.js';
import { CurrentEvent } from '../protocols/event-consumer.js';
import { LoggerFactory } from '../protocols/logger.js';
import type { ContextValues } from '../protocols/scope-runner.js';
import type { MemoryRedisServer } from '../redis/memory/memory-redis-server.js';
import { forgetMemoryRedis } from '../redis/memory/registry.js';
import type { Scope } from '../tokens/scope.js';
import { joined, type SettleOptions, settle } from './settle.js';
import { holdRealTicks } from './real-ticks.js';
import { serversError } from './testing-errors.js';
import { wantedServers } from './real/real-servers.js';
import { TestLog } from './test-log.js';
import { onTestServers, type ServersInUse, type TestServers } from './test-servers.js';
import { type EventKey, Notifications, Tracked } from './tracking/tracked.js';
import { Tracker } from './tracking/tracker.js';

export interface TestApplicationOptions<
  O extends readonly unknown[],
  C extends readonly unknown[],
  S extends string,
> extends ApplicationOptions<O, C, S> {
  /** Rebinds tokens on the inversify container before the start, so that their real factories never run. */
  readonly rebind?: (container: Application['container']) => void;
  /** Default: `real` if SLIPWAY_TEST_REAL is `1`, else `memory`. */
  readonly servers?: TestServers;
  /**
   * Events that the application consumes and that nothing subscribes to. Default: `settled()` fails at one. `allow`: it
   * does not; a list: not at these.
   */
  readonly unhandled?: 'fail' | 'allow' | readonly EventKey[];
}

/** What is asked of the application before it is one. */
interface Setup {
  readonly tracker: Tracker;
  readonly log: TestLog;
  readonly inUse: ServersInUse;
  readonly servers: TestServers;
  readonly unhandled: 'fail' | 'allow' | readonly EventKey[];
}

/**
 * An application whose clients are on servers of its own, and that knows what became of the events it published. Made and
 * started by {@link testApplication}.
 */
export class TestApplication<
  const P extends readonly AnyProvider[] = readonly AnyProvider[],
  S extends string = Scope,
  const O extends readonly unknown[] = readonly unknown[],
  const C extends readonly unknown[] = readonly unknown[],
> extends Application<P, S, O, C> {
  readonly #setup: Setup;
  #letTicksGo: (() => void) | undefined;
  /** What the application published to Kafka. */
  readonly published: Tracked<'published'>;
  /** What its handlers handled. */
  readonly handled: Tracked<'handled'>;
  /** What they could not. */
  readonly deadLettered: Tracked<'dead-lettered'>;
  /** What was published to the channels of users. */
  readonly notifications: Notifications;

  constructor(providers: Complete<P>, options: TestApplicationOptions<O, C, S> = {}) {
    const { rebind, servers = wantedServers(), unhandled = 'fail', ...own } = options;
    const tracker = new Tracker();
    const log = new TestLog();
    const inUse: ServersInUse = {
      redisName: `test-${randomUUID()}`,
      kafka: undefined,
      redis: undefined,
    };
    const given = providers as readonly AnyProvider[];
    const onServers = onTestServers(given, servers, tracker, inUse);
    super([...given, onServers] as never, {
      // A test ends what it opened itself; what is left is not waited for as long as in production.
      // A server may have to be started first.
      startTimeoutMs: servers === 'real' ? 180_000 : 30_000,
      stopTimeoutMs: 5_000,
      drainTimeoutMs: 500,
      ...own,
      overrides: withLog(given, own.overrides ?? [], log) as never,
    });
    this.#setup = { tracker, log, inUse, servers, unhandled };
    this.published = new Tracked('published', tracker.journal);
    this.handled = new Tracked('handled', tracker.journal);
    this.deadLettered = new Tracked('dead-lettered', tracker.journal);
    this.notifications = new Notifications(tracker.journal);
    rebind?.(this.container);
  }

  /** Resolves when consumers have their partitions, too. */
  override async start(): Promise<this> {
    this.#letTicksGo ??= holdRealTicks();
    try {
      await super.start();
    } catch (error) {
      this.#letGo();
      throw withoutServers(error) ?? error;
    }
    try {
      await joined(this.#setup.tracker);
    } catch (error) {
      // Who waits for the start has no application to stop.
      await this.stop();
      throw error;
    }
    return this;
  }

  override stop(options?: StopOptions): Promise<void> {
    return super.stop(options).finally(() => this.#letGo());
  }

  /** What was logged, if nothing else was given for LoggerFactory. */
  get logs(): TestLog['lines'] {
    return this.#setup.log.lines;
  }

  /**
   * The cluster in this process: its records, and its faults.
   * @throws SlipwayError SLIPWAY_TESTING_SERVERS if there is none: the servers are real, or nothing needs Kafka.
   */
  get kafka(): MemoryKafka {
    return this.#setup.inUse.kafka ?? throwing('Kafka', this.#setup.servers);
  }

  /**
   * The server in this process: its data, its clock and its faults.
   * @throws SlipwayError SLIPWAY_TESTING_SERVERS if there is none: the servers are real, or nothing needs Redis.
   */
  get redis(): MemoryRedisServer {
    return this.#setup.inUse.redis ?? throwing('Redis', this.#setup.servers);
  }

  /**
   * Resolves when every event that was published is handled, with everything that was published in turn. Only what the
   * application consumes itself is waited for.
   * @throws SlipwayError SLIPWAY_TESTING_UNSETTLED naming what is still going on when `timeoutMs` have passed;
   * SLIPWAY_TESTING_UNHANDLED naming events that arrived and that nothing subscribes to.
   */
  settled({ timeoutMs }: SettleOptions = {}): Promise<void> {
    const { tracker, servers, unhandled } = this.#setup;
    return settle(tracker, unhandled, { timeoutMs: timeoutMs ?? (servers === 'memory' ? 5_000 : 30_000) });
  }

  /** All that happened, a numbered line each. */
  history(): string {
    return this.#setup.tracker.journal.tell();
  }

  /** Forgets what happened so far: the collections are empty. */
  clearHistory(): void {
    this.#setup.tracker.clear();
  }

  #letGo(): void {
    forgetMemoryRedis(this.#setup.inUse.redisName);
    this.#letTicksGo?.();
    this.#letTicksGo = undefined;
  }

  override runInScope<R, const T extends readonly unknown[]>(
    scope: string,
    context: ContextValues<T>,
    work: (scope: OpenScope) => R | Promise<R>,
  ): Promise<R> {
    const values = context as ContextValues;
    const event = values.find(([key]) => (key as unknown) === CurrentEvent)?.[1];
    return this.#setup.tracker.run(scope, event as EventEnvelope | undefined, () =>
      super.runInScope(scope, context, work),
    );
  }
}

/**
 * Starts an application on servers in this process, each application on its own; nothing else is needed.
 *
 *     await using app = await testApplication([infrastructure(settings), essays()], {
 *       overrides: [[Clock, stub(Clock, { now: () => 0 })]],
 *     });
 *
 * Logs are kept and not printed. The real factories of overridden tokens never run.
 * @throws GraphError as the application itself would: for an override of nothing, or of another scope.
 */
export function testApplication<
  const P extends readonly AnyProvider[],
  S extends string = Scope,
  const O extends readonly unknown[] = readonly unknown[],
  const C extends readonly unknown[] = readonly unknown[],
>(
  providers: Complete<P>,
  options: TestApplicationOptions<O, C, S> = {},
): Promise<TestApplication<P, S, O, C>> {
  return new TestApplication<P, S, O, C>(providers, options).start();
}

/** Why the servers that the test wants are not there, if that is what a start failed with. */
function withoutServers(error: unknown): SlipwayError | undefined {
  const { cause } = error as { readonly cause?: unknown };
  return SlipwayError.is(cause, 'SLIPWAY_TESTING_SERVERS') ? cause : undefined;
}

type Override = readonly [key: unknown, value: unknown];

/** The overrides, with the log that is kept where the application has one and the test gives none. */
function withLog(
  providers: readonly AnyProvider[],
  overrides: readonly Override[],
  log: TestLog,
): readonly Override[] {
  const isProvided = providers.some(({ factories }) =>
    factories.some(({ token }) => token === LoggerFactory),
  );
  const isGiven = overrides.some(([key]) => key === LoggerFactory);
  return isProvided && !isGiven ? [...overrides, [LoggerFactory, log.factory]] : overrides;
}

function throwing(server: string, servers: TestServers): never {
  throw serversError(
    servers === 'memory'
      ? `This application has no ${server}: nothing in it uses the client, or its token is overridden.`
      : `This application has its ${server} elsewhere, which has no data and no faults to take hold of. Leave such a test to memory: testApplication(providers, { servers: 'memory' }).`,
  );
}
