import type { ContractTest } from '../contract.js';
import { consumingTests } from './consuming-tests.js';
import { deliveryTests } from './delivery-tests.js';
import { limitTests } from './limit-tests.js';
import { type KafkaContractOptions, kafkaTests, type OpenedKafka } from './opened-kafka.js';

/**
 * What KafkaBus and EventConsumer do over any driver while the cluster fails: nothing acknowledged is lost or stored twice,
 * every call settles and says what is known, nothing is handled out of order, and all is well again by itself.
 *
 *     for (const { title, run } of kafkaFaultContract(open, { without: ['moveLeaders'] })) it(title, run);
 */
export function kafkaFaultContract(
  open: () => Promise<OpenedKafka>,
  options: KafkaContractOptions = {},
): readonly ContractTest[] {
  return kafkaTests(open, { ...deliveryTests, ...limitTests, ...consumingTests }, options);
}
