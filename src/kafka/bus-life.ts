import type { PublishError } from '../errors/publish-error.js';
import type { ComponentState, ComponentStatus } from '../protocols/component.js';
import type { Dispatcher } from './dispatcher.js';
import { DriverError } from './driver-error.js';
import type { BusContext } from './lane-context.js';
import { LinkHealth } from './link-health.js';
import { Link, type LinkEvents } from './link.js';
import { StateRecord } from './state-record.js';
import type { Transactions } from './transactions/transactions.js';
import { Turns } from './turns.js';

type Phase = 'stopped' | 'starting' | 'running' | 'stopping';

/** What a bus does, which begins and ends with its life. */
interface Work {
  readonly dispatcher: Dispatcher;
  readonly transactions: Transactions;
}

/** The life of one bus: its start and stop, its link to Kafka, and its state by both. */
export class BusLife {
  readonly #context: BusContext;
  readonly #work: Work;
  readonly #turns = new Turns<'start' | 'stop'>();
  readonly #state = new StateRecord();
  readonly #health: LinkHealth;
  #phase: Phase = 'stopped';
  #link: Link | undefined;
  #startFailure: string | undefined;
  #wasStarted = false;

  constructor(context: BusContext, work: Work) {
    this.#context = context;
    this.#work = work;
    this.#health = new LinkHealth(context.driver.address, context.logger);
    this.#refreshState();
  }

  /** @throws SlipwayError if Kafka is required and not reached within `startTimeoutMs`. Nothing is left running then. */
  start(): Promise<void> {
    if (this.#phase === 'running' || !this.#context.settings.enabled) return Promise.resolve();
    return this.#turns.run('start', () => this.#start());
  }

  stop(): Promise<void> {
    if (this.#phase === 'stopped' && !this.#turns.isPending('start')) return Promise.resolve();
    if (this.#phase === 'running') this.#enter('stopping');
    return this.#turns.run('stop', () => this.#stop());
  }

  get status(): ComponentStatus {
    const { errors } = this.#context;
    const [failing] = this.#work.dispatcher.failures();
    const failure = this.#health.failure ?? failing;
    const lastError = failure ? errors.describe(failure) : this.#startFailure;
    return {
      state: this.#state.state,
      since: this.#state.since,
      reconnects: this.#health.reconnects,
      ...(lastError === undefined || this.#state.state === 'ready' ? {} : { lastError }),
    };
  }

  /** Why nothing can be published to `topic` now; undefined if it can. */
  refusal(topic: string): PublishError | undefined {
    const { errors, settings } = this.#context;
    if (!settings.enabled) return errors.disabled(topic);
    if (this.#phase !== 'running') {
      const wasStarted = this.#wasStarted && this.#phase !== 'starting';
      return wasStarted ? errors.closed(topic, 'not-written') : errors.notStarted(topic);
    }
    if (this.#health.isAway && this.#health.lost) return errors.notReachedYet(topic, this.#health.lost);
    return undefined;
  }

  /** A lane fails, or delivers again. */
  onLaneHealth(): void {
    if (this.#health.lost && this.#work.dispatcher.failures().length === 0) this.#link?.nudge();
    this.#refreshState();
  }

  async #start(): Promise<void> {
    if (this.#phase === 'running') return;
    this.#enter('starting');
    const { driver, producerOptions, settings, logger } = this.#context;
    const isOptional = settings.startup === 'optional';
    const link = new Link(driver, producerOptions, this.#linkEvents);
    try {
      await link.open(settings.startTimeoutMs, isOptional ? 1 : Infinity);
    } catch (reason) {
      const failure = DriverError.of(reason);
      if (!isOptional) await this.#failToStart(link, failure);
      // Publishes fail at once until it is there.
      this.#health.startWithout(failure);
      link.seek();
    }
    this.#link = link;
    this.#startFailure = undefined;
    this.#wasStarted = true;
    this.#work.transactions.reopen();
    this.#enter('running');
    if (this.#health.isAway) return;
    logger.info('Kafka connected', { address: driver.address, clientId: settings.clientId });
  }

  get #linkEvents(): LinkEvents {
    const { dispatcher } = this.#work;
    return {
      onAlive: () => dispatcher.forgive(),
      onSilent: (failure) => {
        this.#health.onSilent(failure);
        this.#refreshState();
      },
      onDown: (failure) => {
        this.#health.onDown(failure);
        this.#refreshState();
      },
      onUp: () => {
        this.#health.onUp();
        dispatcher.forgive();
        this.#refreshState();
      },
    };
  }

  async #failToStart(link: Link, failure: DriverError): Promise<never> {
    await link.close();
    const error = this.#context.errors.start(failure);
    this.#startFailure = error.message;
    this.#enter('stopped');
    throw error;
  }

  async #stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    this.#enter('stopping');
    const { logger, settings } = this.#context;
    const { clientId, drainTimeoutMs } = settings;
    const { dispatcher, transactions } = this.#work;
    await Promise.all([dispatcher.drained(drainTimeoutMs), transactions.close(drainTimeoutMs)]);
    await Promise.all([dispatcher.close(), this.#link?.close()]);
    this.#link = undefined;
    this.#health.forget();
    this.#enter('stopped');
    const { undelivered } = dispatcher.stats();
    if (undelivered.notWritten + undelivered.unknown === 0) logger.info('Kafka disconnected', { clientId });
    else logger.warn('Kafka stopped with events undelivered', { ...undelivered });
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#refreshState();
  }

  #refreshState(): void {
    this.#state.enter(this.#currentState());
  }

  #currentState(): ComponentState {
    if (!this.#context.settings.enabled) return 'disabled';
    if (this.#phase !== 'running') return this.#phase;
    if (this.#health.lost) return 'unavailable';
    return this.#health.silent || this.#work.dispatcher.failures().length > 0 ? 'degraded' : 'ready';
  }
}
