import { scanStep } from './commands/keys.js';
import type { RedisCommand } from './pending-command.js';

/** Walks the keys of one server. @param onStep called before each question. */
export async function* scanKeys(
  place: { readonly execute: <T>(command: RedisCommand<T>) => Promise<T> },
  pattern: string,
  count: number | undefined,
  onStep: () => void,
): AsyncGenerator<string, void, undefined> {
  let cursor = '0';
  do {
    onStep();
    const step = await place.execute(scanStep(cursor, pattern, count));
    yield* step.keys;
    cursor = step.cursor;
  } while (cursor !== '0');
}
