import type { Contender } from '../measure/race.js';
import { slipway } from './clients.js';

/** A transaction that reads and writes one key, nobody else wanting it, and a single GET. */
export async function transactionContenders(url: string): Promise<{
  readonly contenders: readonly Contender[];
  readonly stop: () => unknown;
}> {
  const { client, stop } = await slipway(url);
  const key = 'bench:transaction';
  await client.set(key, '0');
  let sum = 0;
  const transaction: Contender = {
    name: 'transaction',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        await client.transaction([key], async (tx) => {
          tx.multi().set(key, String(Number(await tx.get(key)) + 1));
        });
      }
      sum += times;
      const stored = await client.get(key);
      if (stored !== String(sum)) throw new Error(`${stored} is stored where ${sum} were added.`);
    },
  };
  const get: Contender = {
    name: 'get',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        if ((await client.get(key)) !== String(sum)) throw new Error('GET gave something else.');
      }
    },
  };
  return { contenders: [transaction, get], stop };
}
