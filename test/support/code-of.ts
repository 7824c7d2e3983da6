import { SlipwayError } from '../../src/index.js';

/** The code of the error that `work` rejects with, or what else it rejected with or gave. */
export async function codeOfRejection(work: Promise<unknown>): Promise<string> {
  try {
    return `no error, but ${typeof (await work)}`;
  } catch (error) {
    return SlipwayError.is(error) ? error.code : String(error);
  }
}

/** The code of the error that `act` throws, or what it threw or gave instead. */
export function codeOf(act: () => unknown): string {
  try {
    return `no error, but ${typeof act()}`;
  } catch (error) {
    return SlipwayError.is(error) ? error.code : String(error);
  }
}
