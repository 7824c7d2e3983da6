import type { ErrorCode } from './codes.js';
import { brandClass } from './error-brand.js';
import { SlipwayError, type SlipwayErrorOptions } from './slipway-error.js';

/** A Redis operation that gave no answer. */
export class RedisError extends SlipwayError {
  static {
    brandClass(this, 'slipway.error.RedisError');
  }

  override readonly name = 'RedisError';
  /** True if the command was sent and its reply was lost: the server may have carried it out. */
  readonly maybeApplied: boolean;

  constructor(code: ErrorCode, options: SlipwayErrorOptions & { readonly maybeApplied?: boolean }) {
    const { maybeApplied = false, context } = options;
    super(code, maybeApplied ? { ...options, context: { ...context, maybeApplied } } : options);
    this.maybeApplied = maybeApplied;
  }
}
