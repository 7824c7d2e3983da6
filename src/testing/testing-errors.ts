import { SlipwayError } from '../errors/slipway-error.js';

export function serversError(message: string): SlipwayError {
  return new SlipwayError('SLIPWAY_TESTING_SERVERS', { message });
}
