import { SlipwayAggregateError } from './aggregate-error.js';
import { brandClass } from './error-brand.js';
import { PublishError } from './publish-error.js';

/** Where an acknowledged message stands in its topic. */
export interface PublishResult {
  readonly topic: string;
  readonly partition: number;
  /** A decimal number that may exceed 2^53. */
  readonly offset: string;
}

/** A batch of which not every message was acknowledged. Those of {@link results} that are no errors are in their topics. */
export class PublishBatchError extends SlipwayAggregateError {
  static {
    brandClass(this, 'slipway.error.PublishBatchError');
  }

  override readonly name = 'PublishBatchError';
  /** What became of each item, in the order of the call. */
  readonly results: readonly (PublishResult | PublishError)[];
  /** Those of the results that are errors. */
  declare readonly errors: readonly PublishError[];

  constructor(results: readonly (PublishResult | PublishError)[]) {
    const errors = results.filter((result) => PublishError.is(result));
    const [first] = errors;
    super('SLIPWAY_KAFKA_BATCH', {
      message:
        `${errors.length} of ${results.length} messages of a batch were not acknowledged; the first error: ` +
        `${first?.message ?? 'none'} Publish those again whose result is an error.`,
      context: {
        failed: errors.length,
        total: results.length,
        codes: [...new Set(errors.map(({ code }) => code))],
      },
      errors,
      cause: first,
      retryable: errors.every(({ retryable }) => retryable),
    });
    this.results = results;
  }
}
