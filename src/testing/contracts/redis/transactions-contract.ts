import type { AtomicRedisClientProtocol } from '../../../protocols/redis.js';
import { type ContractTest, contractTests, type Open } from '../contract.js';
import { sessionTests } from './sessions.js';
import { transactionTests } from './transactions.js';

/**
 * What everyone who stands for AtomicRedisClientProtocol has to do beyond {@link redisClientContract}: transactions,
 * pipelines and sessions.
 *
 *     for (const { title, run } of redisTransactionsContract(open)) it(title, run);
 */
export function redisTransactionsContract(open: Open<AtomicRedisClientProtocol>): readonly ContractTest[] {
  return contractTests(open, { ...transactionTests, ...sessionTests });
}
