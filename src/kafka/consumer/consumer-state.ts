import { describeError } from '../../errors/describe.js';
import type { ComponentState, ComponentStatus } from '../../protocols/component.js';
import { DriverError } from '../driver-error.js';
import type { KafkaErrors } from '../kafka-errors.js';
import { StateRecord } from '../state-record.js';

export type Life = 'stopped' | 'starting' | 'running' | 'stopping';

/** How a consumer stands, from all that is known of it. */
export class ConsumerState {
  readonly #errors: KafkaErrors;
  readonly #isEnabled: boolean;
  #life: Life = 'stopped';
  #isAssigned = false;
  #down: DriverError | undefined;
  #commitFailure: unknown;
  /** Of messages whose dead letters could not be published yet. */
  readonly #deadLetterFailures = new Map<object, unknown>();
  #startFailure: string | undefined;
  readonly #state = new StateRecord();
  #reconnects = 0;

  constructor(errors: KafkaErrors, isEnabled = true) {
    this.#errors = errors;
    this.#isEnabled = isEnabled;
    this.#refresh();
  }

  get life(): Life {
    return this.#life;
  }

  get status(): ComponentStatus {
    const deadLetterFailure = [...this.#deadLetterFailures.values()].at(-1);
    const failure = this.#down ?? deadLetterFailure ?? this.#commitFailure;
    const lastError = failure === undefined ? this.#startFailure : this.#describe(failure);
    return {
      state: this.#state.state,
      since: this.#state.since,
      reconnects: this.#reconnects,
      ...(lastError === undefined || this.#state.state === 'ready' ? {} : { lastError }),
    };
  }

  enter(life: Life): void {
    this.#life = life;
    if (life === 'running') this.#startFailure = undefined;
    if (life === 'stopped') {
      this.#isAssigned = false;
      this.#down = undefined;
      this.#commitFailure = undefined;
      this.#deadLetterFailures.clear();
    }
    this.#refresh();
  }

  failedToStart(error: Error): void {
    this.#startFailure = error.message;
    this.enter('stopped');
  }

  /** The group has given the consumer its partitions: what could not be done before is others', or begins anew. */
  assigned(): void {
    this.#isAssigned = true;
    this.#commitFailure = undefined;
    this.#deadLetterFailures.clear();
    this.up();
  }

  /** The group shares the partitions out anew. */
  revoked(): void {
    this.#isAssigned = false;
    this.#refresh();
  }

  down(failure: DriverError): void {
    this.#down = failure;
    this.#refresh();
  }

  up(): void {
    if (this.#down) this.#reconnects += 1;
    this.#down = undefined;
    this.#refresh();
  }

  /** With what the last commit failed, if it did. */
  committed(failure: unknown): void {
    this.#commitFailure = failure;
    this.#refresh();
  }

  /** With what the last attempt at the dead letter of `message` failed, if it did. */
  deadLetter(message: object, failure: unknown): void {
    this.#deadLetterFailures.delete(message);
    if (failure !== undefined) this.#deadLetterFailures.set(message, failure);
    this.#refresh();
  }

  #describe(failure: unknown): string {
    return failure instanceof DriverError ? this.#errors.describe(failure) : describeError(failure);
  }

  #refresh(): void {
    this.#state.enter(this.#current());
  }

  #current(): ComponentState {
    if (!this.#isEnabled) return 'disabled';
    if (this.#life !== 'running') return this.#life;
    if (this.#down) return 'unavailable';
    // Without partitions it does no work that could fail in part, and what failed before may never be tried again.
    if (!this.#isAssigned) return 'starting';
    const isWhole = this.#deadLetterFailures.size === 0 && this.#commitFailure === undefined;
    return isWhole ? 'ready' : 'degraded';
  }
}
