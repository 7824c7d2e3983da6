import type { PublishError } from '../errors/publish-error.js';
import { DriverError } from './driver-error.js';
import type { KafkaErrors } from './kafka-errors.js';

// What is made of dots alone, a broker takes for a folder.
const topicName = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

/** Why nothing can be published to what is no name of a topic. */
export function refuseTopic(topic: string, errors: KafkaErrors): PublishError | undefined {
  if (topicName.test(topic)) return undefined;
  return errors.failed(topic, new DriverError('rejected', `"${topic}" is no topic name`), 'not-written');
}
