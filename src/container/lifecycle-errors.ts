import { SlipwayAggregateError } from '../errors/aggregate-error.js';
import type { ErrorCode } from '../errors/codes.js';
import { describeError } from '../errors/describe.js';
import { brandClass } from '../errors/error-brand.js';
import { SlipwayError } from '../errors/slipway-error.js';

/** A factory failed, or was asked for in a way that it cannot be built. `cause` is what it threw. */
export class BuildError extends SlipwayError {
  static {
    brandClass(this, 'slipway.error.BuildError');
  }

  override readonly name = 'BuildError';
  /** From what was asked for down to what failed. */
  readonly path: readonly string[];
  readonly #sentence: string;

  constructor(
    code: ErrorCode,
    options: { readonly path: readonly string[]; readonly sentence: string; readonly cause?: unknown },
  ) {
    const { path, sentence } = options;
    super(code, {
      message: path.length > 1 ? `${sentence} Path: ${path.join(' -> ')}.` : sentence,
      context: { key: path.at(-1), path },
      ...('cause' in options ? { cause: options.cause } : {}),
    });
    this.path = path;
    this.#sentence = sentence;
  }

  /** The same failure, seen from `name`, which needed what failed. */
  from(name: string): BuildError {
    return new BuildError(this.code, {
      path: [name, ...this.path],
      sentence: this.#sentence,
      ...('cause' in this ? { cause: this.cause } : {}),
    });
  }

  /** What happened in the factory of `name`, as a BuildError with `name` in front of its path. */
  static of(name: string, reason: unknown): BuildError {
    if (reason instanceof BuildError) return reason.from(name);
    return new BuildError('SLIPWAY_CONTAINER_BUILD', {
      path: [name],
      sentence: `The factory of ${name} failed: ${ended(describeError(reason))}`,
      cause: reason,
    });
  }
}

/** `text` with the full stop that it may have already. */
function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** One release that failed or did not end in time. */
export interface ReleaseFailure {
  readonly token: string;
  readonly error: unknown;
}

/** What failed, by what the close of `name` rejected with. */
export function failuresOf(error: unknown, name: string): readonly ReleaseFailure[] {
  return error instanceof StopError ? error.failures : [{ token: name, error }];
}

/** `start()` failed. Everything that had been opened is released. */
export class StartError extends SlipwayAggregateError {
  static {
    brandClass(this, 'slipway.error.StartError');
  }

  override readonly name = 'StartError';
  /** The token whose factory failed first; empty if `stop()` ended the start. */
  readonly token: string;
  readonly path: readonly string[];
  /** What failed while cleaning up. */
  readonly cleanupErrors: readonly ReleaseFailure[];

  constructor(first: BuildError, others: readonly BuildError[], cleanupErrors: readonly ReleaseFailure[]) {
    const sentences = [`The application did not start: ${first.rawMessage}`];
    if (others.length > 0) {
      sentences.push(`Also failed: ${others.map(({ path }) => path.at(-1)).join(', ')}.`);
    }
    if (cleanupErrors.length > 0) {
      sentences.push(
        `Cleaning up failed too: ${cleanupErrors.map(({ token, error }) => `${token} (${describeError(error)})`).join(', ')}.`,
      );
    }
    super('SLIPWAY_CONTAINER_START', {
      message: sentences.join(' '),
      context: { key: first.path.at(-1), path: first.path },
      cause: first.cause ?? first,
      errors: [first, ...others],
      retryable: SlipwayError.is(first.cause) ? first.cause.retryable : first.retryable,
    });
    this.token = first.path.at(-1) ?? '';
    this.path = first.path;
    this.cleanupErrors = cleanupErrors;
  }
}

/** Closing left something unreleased; everything else was released. */
export class StopError extends SlipwayAggregateError {
  static {
    brandClass(this, 'slipway.error.StopError');
  }

  override readonly name = 'StopError';
  readonly failures: readonly ReleaseFailure[];

  constructor(what: string, failures: readonly ReleaseFailure[], cause?: unknown) {
    super('SLIPWAY_CONTAINER_STOP', {
      message: ended(
        `${what} closed, but not all of it could be released: ${failures
          .map(({ token, error }) => `${token}: ${describeError(error)}`)
          .join('; ')}`,
      ),
      context: { keys: failures.map(({ token }) => token) },
      errors: failures.map(({ error }) => error),
      ...(cause === undefined ? {} : { cause }),
    });
    this.failures = failures;
  }
}
