import { expect } from 'chai';
import { createEndpoint } from '../../../src/redis/endpoint.js';
import { startHeartbeat } from '../../../src/redis/heartbeat.js';
import type { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { memoryRedis } from '../../../src/redis/memory/registry.js';
import { openLink } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

const url = 'memory://heartbeat';

describe(startHeartbeat.name, () => {
  const endpoint = createEndpoint({ clientId: 'test', url });
  const server: MemoryRedisServer = memoryRedis('heartbeat');

  it('ends a link that does not answer, after its turns', async () => {
    const link = await openLink(url);
    startHeartbeat(link, endpoint, { intervalMs: 20, turns: 3 });
    // Answers keep it for longer than its turns.
    for (let answers = 0; answers < 4; answers += 1) {
      const { provenAt } = link;
      await until(() => link.provenAt > provenAt);
    }
    expect(link.writable).to.equal(true);
    server.faults.stall();
    const reason = await link.closed;
    expect(reason.code).to.equal('SLIPWAY_REDIS_CONNECTION_LOST');
    expect(reason.message).to.contain('a PING was unanswered for 60 ms');
    server.faults.resume();
  });

  it('proves with each answer what has arrived, and nothing with a lost one', async () => {
    const link = await openLink(url);
    const { provenAt } = link;
    startHeartbeat(link, endpoint, { intervalMs: 10, turns: 5 });
    await until(() => link.provenAt > provenAt);
    server.faults.stall();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const atStall = link.provenAt;
    await link.closed;
    expect(link.provenAt).to.equal(atStall);
    server.faults.resume();
  });
});
