import { brandClass } from './error-brand.js';
import { SlipwayError, type SlipwayErrorOptions } from './slipway-error.js';

/** A handler throws it for a message that no further attempt will help: it goes to the dead letter topic at once. */
export class PermanentError extends SlipwayError {
  static {
    brandClass(this, 'slipway.error.PermanentError');
  }

  override readonly name = 'PermanentError';

  constructor(message: string, options: Omit<SlipwayErrorOptions, 'message' | 'retryable'> = {}) {
    super('SLIPWAY_KAFKA_PERMANENT', { ...options, message });
  }
}
