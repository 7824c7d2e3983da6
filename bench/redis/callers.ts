import type { Contender } from '../measure/race.js';

/** A client that sets and gets, to be timed against others. */
export interface KeyValueClient {
  readonly name: string;
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<string | null>;
  readonly stop: () => unknown;
}

/** What each value is filled up to: 100 bytes. */
const valueLength = 100;

/**
 * `callers` flows at once, each of which sets its key and gets it again: one time of the work is one SET and one GET of
 * every flow. Each reply is looked at, so a client that mixes them up is found.
 */
export function keyValueContender(client: KeyValueClient, callers: number): Contender {
  const keys = Array.from({ length: callers }, (_, index) => `bench:${client.name}:${index}`);
  let turn = 0;

  async function flow(key: string, times: number, prefix: string): Promise<void> {
    for (let left = times; left > 0; left -= 1) {
      const value = `${prefix}:${left}`.padEnd(valueLength, '.');
      await client.set(key, value);
      const stored = await client.get(key);
      if (stored !== value)
        throw new Error(`${client.name} gave ${stored} for ${key}, which holds ${value}.`);
    }
  }

  return {
    name: client.name,
    async run(times) {
      turn += 1;
      await Promise.all(keys.map((key) => flow(key, times, `${key}:${turn}`)));
    },
  };
}
