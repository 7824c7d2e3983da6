import { SlipwayError } from '../errors/slipway-error.js';

export function settingsError(what: string, advice: string): SlipwayError {
  return new SlipwayError('SLIPWAY_KAFKA_SETTINGS', {
    message: `A Kafka setting is wrong: ${what}. ${advice}`,
  });
}
