import { describeError } from '../errors/describe.js';
import type { Logger } from '../protocols/logger.js';
import type { DriverError } from './driver-error.js';

/** What a bus knows of its {@link Link}, and says of it in its log. */
export class LinkHealth {
  readonly #address: string;
  readonly #logger: Logger;
  /** Kafka is not reached: by this. */
  lost: DriverError | undefined;
  /** A broker is connected and does not answer. */
  silent: DriverError | undefined;
  reconnects = 0;
  /** Started without Kafka, which was not reached since. */
  isAway = false;

  constructor(address: string, logger: Logger) {
    this.#address = address;
    this.#logger = logger;
  }

  get failure(): DriverError | undefined {
    return this.lost ?? this.silent;
  }

  startWithout(failure: DriverError): void {
    this.#logger.warn('Kafka is away, and the application starts without it', {
      address: this.#address,
      error: describeError(failure),
    });
    this.isAway = true;
    this.lost = failure;
  }

  onSilent(failure: DriverError): void {
    this.#logger.warn('Kafka does not answer', { address: this.#address, error: describeError(failure) });
    this.silent = failure;
  }

  onDown(failure: DriverError): void {
    if (!this.lost) {
      const error = describeError(failure);
      this.#logger.warn('Kafka connection lost', { address: this.#address, error });
    }
    this.lost = failure;
  }

  onUp(): void {
    if (!this.isAway) this.reconnects += 1;
    if (this.failure) this.#logger.info('Kafka connection restored', { address: this.#address });
    this.forget();
  }

  forget(): void {
    this.isAway = false;
    this.lost = undefined;
    this.silent = undefined;
  }
}
