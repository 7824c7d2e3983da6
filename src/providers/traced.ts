import { describeError } from '../errors/describe.js';
import { SlipwayError } from '../errors/slipway-error.js';
import { enableTracing } from '../observability/tracing.js';
import type { LoggerFactory } from '../protocols/logger.js';

/** {@link enableTracing} where the package is installed. That it is broken is no reason not to serve. */
export async function traced(logger: LoggerFactory): Promise<void> {
  try {
    await enableTracing();
  } catch (error) {
    const isAbsent = SlipwayError.is(error) && isNotFound(error.cause);
    logger('tracing')[isAbsent ? 'debug' : 'warn']('no traces', { error: describeError(error) });
  }
}

function isNotFound(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
}
