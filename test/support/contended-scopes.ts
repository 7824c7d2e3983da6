import {
  Application,
  AtomicRedisClientProtocol,
  infrastructure,
  loadSettings,
  RedisSession,
  Scope,
} from '../../src/index.js';
import { RedisClient } from '../../src/redis/redis-client.js';

export interface ContendedScopes {
  readonly url: string;
  readonly scopes: number;
  /** Increments that each scope makes, one after the other, on all keys in turn. */
  readonly each: number;
  readonly keys: readonly string[];
  /** Which of the two forms the scopes use. */
  readonly way: 'session' | 'transaction';
}

export interface ContendedScopesResult {
  /** Increments that were acknowledged, the outside writer's included. */
  readonly acknowledged: number;
  /** The sum of all counters at the end. */
  readonly stored: number;
  readonly byOutsider: number;
  /** Attempts of the scopes: more than their increments, for each conflict one more. */
  readonly attempts: number;
  /** The most connections of the pool at once. */
  readonly connections: number;
  readonly ms: number;
}

/**
 * Many request scopes of one application at once read, add one and write counters that also somebody outside of the
 * application adds to. An increment that is lost makes `stored` less than `acknowledged`.
 */
export async function runContendedScopes(options: ContendedScopes): Promise<ContendedScopesResult> {
  const { url, scopes, each, keys, way } = options;
  const settings = loadSettings({ SERVICE_NAME: 'contended', REDIS_URL: url, LOG_LEVEL: 'error' });
  await using app = await Application.start([infrastructure(settings)]);
  await using outsider = new RedisClient({ clientId: 'outsider', url });
  await outsider.start();
  const counted = { increments: 0, attempts: 0, byOutsider: 0, connections: 0 };

  const increments = { session: incrementBySession, transaction: incrementByTransaction };
  const workOf = async (number: number): Promise<void> => {
    await using scope = app.enter(Scope.REQUEST);
    const redis = await scope.get(AtomicRedisClientProtocol);
    const session = await scope.get(RedisSession);
    for (let step = 0; step < each; step += 1) {
      const key = keys[(number + step) % keys.length] ?? '';
      const attempts = await increments[way]({ redis, session, key });
      counted.attempts += attempts;
      counted.increments += 1;
    }
  };

  const work = new AbortController();
  const writeFromOutside = async (): Promise<void> => {
    while (!work.signal.aborted) {
      await outsider.incr(keys[counted.byOutsider % keys.length] ?? '');
      counted.byOutsider += 1;
      if (counted.byOutsider % 100 === 0) {
        const clients = String(await outsider.raw.call('CLIENT', 'LIST'));
        const pooled = clients.match(/ name=contended-redis:pool /g) ?? [];
        counted.connections = Math.max(counted.connections, pooled.length);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const begin = performance.now();
  const outside = writeFromOutside();
  try {
    await Promise.all(Array.from({ length: scopes }, (_, number) => workOf(number)));
  } finally {
    work.abort();
    await outside;
  }
  const ms = performance.now() - begin;
  const sums = await outsider.mget(...keys);
  await outsider.delete(...keys);
  return {
    acknowledged: counted.increments + counted.byOutsider,
    stored: sums.reduce((total, sum) => total + Number(sum), 0),
    byOutsider: counted.byOutsider,
    attempts: counted.attempts,
    connections: counted.connections,
    ms,
  };
}

interface Increment {
  readonly redis: AtomicRedisClientProtocol;
  readonly session: RedisSession;
  readonly key: string;
}

/** Both give how many attempts it took. */
async function incrementBySession({ session, key }: Increment): Promise<number> {
  for (let attempts = 1; ; attempts += 1) {
    await session.watch(key);
    const sum = Number(await session.get(key)) + 1;
    await session.multi();
    await session.set(key, String(sum));
    if ((await session.exec()) !== null) return attempts;
  }
}

async function incrementByTransaction({ redis, key }: Increment): Promise<number> {
  let attempts = 0;
  await redis.transaction([key], async (tx) => {
    attempts += 1;
    tx.multi().set(key, String(Number(await tx.get(key)) + 1));
  });
  return attempts;
}
