import { SlipwayError } from '../errors/slipway-error.js';

/**
 * A package that only those need who want what it does, loaded when they do.
 * @throws SlipwayError SLIPWAY_OBSERVABILITY_PACKAGE naming what to install if it is not there or cannot be loaded.
 */
export async function optionalPackage<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new SlipwayError('SLIPWAY_OBSERVABILITY_PACKAGE', {
      message: `${what} needs the package ${name}, which cannot be loaded. Install it: npm install ${name}.`,
      context: { package: name },
      cause,
    });
  }
}
