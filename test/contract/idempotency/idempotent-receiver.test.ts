import { IdempotentReceiver } from '../../../src/index.js';
import { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { redisUrl } from '../../support/servers/addresses.js';
import { receiverContract } from './receiver-contract.js';

const servers: readonly (readonly [string, () => string])[] = [
  [MemoryRedisServer.name, () => 'memory://idempotent-receiver-contract'],
  ['a real redis-server', redisUrl],
];

for (const [server, url] of servers) {
  describe(`${IdempotentReceiver.name} on ${server}`, () => receiverContract(url));
}
