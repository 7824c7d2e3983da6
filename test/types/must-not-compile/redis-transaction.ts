import type { AtomicRedisClientProtocol } from '../../../src/index.js';

export async function transactions(redis: AtomicRedisClientProtocol): Promise<void> {
  await redis.transaction(['k'], async (tx) => {
    // A write outside of the queue would be applied whatever becomes of the transaction.
    // error: TS2339 Property 'set' does not exist
    await tx.set('k', 'v');
    // error: TS2339 Property 'execute' does not exist
    await tx.multi().execute();
    // error: TS2345 Argument of type 'string' is not assignable to parameter of type 'number'
    tx.multi().setex('k', '60', 'v');
    // error: TS2339 Property 'registerScript' does not exist
    tx.multi().registerScript('return 1');
  });

  const [sum] = await redis.transaction(['k'], (tx) => tx.multi().incr('k'));
  // error: TS2322 Type 'number' is not assignable to type 'string'
  const text: string = sum;
  // error: TS2345 is not assignable to parameter of type 'readonly string[]'
  await redis.transaction('k', () => text);
}
