import type { ErrorCode } from './codes.js';
import { brandClass } from './error-brand.js';
import { SlipwayError, type SlipwayErrorOptions } from './slipway-error.js';

/** Several failures of one operation. The message lists them; {@link errors} holds them in the order they happened. */
export class SlipwayAggregateError extends SlipwayError {
  static {
    brandClass(this, 'slipway.error.SlipwayAggregateError');
  }

  override readonly name: string = 'SlipwayAggregateError';
  readonly errors: readonly unknown[];

  constructor(code: ErrorCode, options: SlipwayErrorOptions & { readonly errors: readonly unknown[] }) {
    super(code, options);
    this.errors = options.errors;
  }
}
