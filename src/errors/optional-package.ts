import type { ErrorCode } from './codes.js';
import { SlipwayError } from './slipway-error.js';

/**
 * A package that only those need who want what it does, loaded when they do.
 * @param code of the error where it is not there or cannot be loaded.
 * @param user what needs it, for the message.
 * @throws SlipwayError of that code, naming what to install.
 */
export async function optionalPackage<T>(
  code: ErrorCode,
  name: string,
  user: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new SlipwayError(code, {
      message: `${user} needs the package ${name}, which cannot be loaded. Install it: npm install ${name}.`,
      context: { package: name },
      cause,
    });
  }
}
