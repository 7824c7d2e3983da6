import { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { redisUrl } from '../../support/servers/addresses.js';
import { abandonedWaitsContract } from './abandoned-waits-contract.js';
import { blockingContract } from './blocking-contract.js';
import { commandsContract } from './commands-contract.js';
import { dataContract } from './data-contract.js';
import { durableContract } from './durable-contract.js';
import { groupContract } from './group-contract.js';
import { lifecycleContract } from './lifecycle-contract.js';
import { pipelineContract } from './pipeline-contract.js';
import { pubsubContract } from './pubsub-contract.js';
import { scriptsContract } from './scripts-contract.js';
import { sessionContract } from './session-contract.js';
import { transactionContract } from './transaction-contract.js';

const servers: readonly (readonly [string, () => string])[] = [
  [MemoryRedisServer.name, () => 'memory://redis-client-contract'],
  ['a real redis-server', redisUrl],
];

for (const [server, url] of servers) {
  describe(`RedisClient on ${server}`, () => {
    describe('operations', () => commandsContract(url));
    describe('data', () => dataContract(url));
    describe('blocking', () => blockingContract(url));
    describe('abandoned waits', () => abandonedWaitsContract(url));
    describe('scripts', () => scriptsContract(url));
    describe('lifecycle', () => lifecycleContract(url));
    describe('pub/sub', () => pubsubContract(url));
    describe('streams', () => durableContract(url));
    describe('groups of a stream', () => groupContract(url));
    describe('session', () => sessionContract(url));
    describe('transaction', () => transactionContract(url));
    describe('createTransactionPipeline', () => pipelineContract(url));
  });
}
