import { expect } from 'chai';
import { SlipwayError } from '../../src/index.js';

/** The SlipwayError that `act` throws; fails if it throws something else, or nothing. */
export function thrown(act: () => unknown): SlipwayError {
  try {
    act();
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}
