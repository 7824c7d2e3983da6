import type { ContractTest } from '../contract.js';
import { faultTests, type OpenFaulty, type RedisLinkFaults } from './faults.js';
import { commandTests } from './link-faults/commands.js';
import { subscriptionTests } from './link-faults/subscriptions.js';
import { transactionTests } from './link-faults/transactions.js';

/**
 * What a client of Redis promises when the way to its server fails. The tests may run at the same time, if each has a way
 * of its own; the longest takes as long as the client needs to find a dead connection by itself.
 *
 *     for (const { title, run } of redisLinkFaultsContract(open)) it(title, run);
 */
export function redisLinkFaultsContract(open: OpenFaulty<RedisLinkFaults>): readonly ContractTest[] {
  return faultTests(open, { ...commandTests, ...transactionTests, ...subscriptionTests });
}
