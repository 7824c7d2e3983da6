import { SlipwayError } from '../errors/slipway-error.js';
import { overflow } from './names.js';

/** `error.type`: the code of one of slipway's errors, else the class; there are only so many of either. */
export function errorType(error: unknown): string {
  if (SlipwayError.is(error)) return error.code;
  if (!(error instanceof Error)) return overflow;
  const { name } = error.constructor;
  return name === '' ? overflow : name;
}
