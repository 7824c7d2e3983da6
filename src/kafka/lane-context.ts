import type { Logger } from '../protocols/logger.js';
import type { KafkaErrors } from './kafka-errors.js';
import type { KafkaDriver, ProducerOptions } from './producer-port.js';
import type { ResolvedSettings } from './settings.js';

/** What the parts of one bus share. */
export interface BusContext {
  readonly driver: KafkaDriver;
  readonly producerOptions: ProducerOptions;
  readonly settings: ResolvedSettings;
  readonly errors: KafkaErrors;
  readonly logger: Logger;
}

export interface LaneContext extends BusContext {
  /** A lane's standing changed: it fails, or delivers again. */
  readonly onHealth: () => void;
}
