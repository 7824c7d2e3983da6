import type { ErrorCode } from './codes.js';
import { brandClass } from './error-brand.js';
import { SlipwayError, type SlipwayErrorOptions } from './slipway-error.js';

/**
 * What is known of a message whose publish failed. `not-written`: it certainly is not in the topic. `unknown`: it may
 * be there, so only the same event may be published again.
 */
export type PublishOutcome = 'not-written' | 'unknown';

/** A publish that was not acknowledged. */
export class PublishError extends SlipwayError {
  static {
    brandClass(this, 'slipway.error.PublishError');
  }

  override readonly name = 'PublishError';
  readonly outcome: PublishOutcome;

  constructor(code: ErrorCode, options: SlipwayErrorOptions & { readonly outcome: PublishOutcome }) {
    super(code, { ...options, context: { ...options.context, outcome: options.outcome } });
    this.outcome = options.outcome;
  }
}
