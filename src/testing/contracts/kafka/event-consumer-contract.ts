import type { ContractTest } from '../contract.js';
import { groupTests } from './event-consumer-group-tests.js';
import { handlingTests } from './event-consumer-handling-tests.js';
import { kafkaTests, type OpenedKafka } from './opened-kafka.js';

/**
 * What EventConsumer does over any driver, as docs/kafka.md promises it: nothing is lost, those of a key come in order,
 * and what cannot be handled goes to the dead letter topic.
 *
 *     for (const { title, run } of eventConsumerContract(open)) it(title, run);
 */
export function eventConsumerContract(open: () => Promise<OpenedKafka>): readonly ContractTest[] {
  return kafkaTests(open, { ...handlingTests, ...groupTests }, {});
}
