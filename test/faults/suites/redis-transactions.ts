import { randomUUID } from 'node:crypto';
import { type ContendedScopes, runContendedScopes } from '../../support/contended-scopes.js';
import { startRedis } from '../../support/servers/redis-server.js';
import type { FaultSuite, Result } from '../suite.js';

/** Request scopes that fight over keys, on a real server: no increment may be lost. */
export const suite: FaultSuite = {
  async *run({ short }) {
    await using server = await startRedis();
    const scopes = 200;
    const each = short ? 10 : 100;
    for (const way of ['transaction', 'session'] as const) {
      yield await contended({ url: server.url, scopes, each, way, keys: freshKeys(8) });
    }
  },
};

function freshKeys(count: number): readonly string[] {
  const prefix = `slipway-faults:${randomUUID()}:`;
  return Array.from({ length: count }, (_, index) => prefix + index);
}

async function contended(options: ContendedScopes): Promise<Result> {
  const { acknowledged, stored, byOutsider, attempts, connections, ms } = await runContendedScopes(options);
  const increments = options.scopes * options.each;
  return {
    id: `redis.scopes.${options.way}`,
    ok: stored === acknowledged && acknowledged === increments + byOutsider && connections <= 8,
    acknowledged,
    stored,
    lost: acknowledged - stored,
    conflicts: attempts - increments,
    connections,
    ms: Math.round(ms),
  };
}
