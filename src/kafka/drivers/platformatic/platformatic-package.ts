import { optionalPackage } from '../../../errors/optional-package.js';

/** The package, which is an optional peer. @throws SlipwayError SLIPWAY_KAFKA_PACKAGE where it is not installed. */
export function platformaticPackage() {
  return optionalPackage(
    'SLIPWAY_KAFKA_PACKAGE',
    '@platformatic/kafka',
    'The Kafka driver platformatic',
    () => import('@platformatic/kafka'),
  );
}
