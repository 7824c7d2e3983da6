import { expectTypeOf } from 'expect-type';
import type {
  AtomicRedisClientProtocol,
  RedisScript,
  ScoredMember,
  TransactionQueue,
} from '../../src/index.js';

/** Never called: the compiler is the test. */
export async function transactions(
  redis: AtomicRedisClientProtocol,
  script: RedisScript<Date>,
): Promise<void> {
  // What the function returns.
  expectTypeOf(await redis.transaction(['k'], () => 5)).toEqualTypeOf<number>();
  expectTypeOf(await redis.transaction(['k'], async (tx) => tx.get('k'))).toEqualTypeOf<string | null>();
  expectTypeOf(await redis.transaction(['k'], async () => {})).toEqualTypeOf<void>();

  // The results of a queue, of each command its own, overloads included.
  const results = await redis.transaction(['k'], async (tx) => {
    await tx.get('k');
    return tx
      .multi()
      .set('k', 'v', { ttlSeconds: 5 })
      .incr('n')
      .hset('h', 'field', 'value')
      .hset('h', { field: 'value' })
      .hgetall('h')
      .smembers('s')
      .zrange('z', 0, -1)
      .zrange('z', 0, -1, { withScores: true });
  });
  expectTypeOf(results).toEqualTypeOf<
    [boolean, number, number, number, Record<string, string>, Set<string>, string[], ScoredMember[]]
  >();

  const ran = await redis.transaction(['k'], (tx) => tx.multi().runScript(script, ['k'], []).incr('n'));
  expectTypeOf(ran).toEqualTypeOf<[Date, number]>();

  // Either, where the function may return either.
  const either = await redis.transaction(['k'], (tx) =>
    Math.random() > 0.5 ? tx.multi().incr('n') : undefined,
  );
  expectTypeOf(either).toEqualTypeOf<[number] | undefined>();

  const pipeline = await redis.createTransactionPipeline('k');
  expectTypeOf(pipeline.multi().incr('n').get('k').execute()).resolves.toEqualTypeOf<
    [number, string | null]
  >();
  expectTypeOf(pipeline.execute()).resolves.toEqualTypeOf<unknown[]>();
  expectTypeOf<TransactionQueue>().not.toHaveProperty('execute');
  expectTypeOf<TransactionQueue>().not.toHaveProperty('then');
}
