import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { readonly type: 'minor' | 'major' }) => void;

// Only contexts made after the flag is set have the function.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as Collect;

/** Clears away the young garbage of others, so that the next measurement does not pay for it. */
export function collectYoung(): void {
  // What survives the first is moved out of the young generation by the second.
  collect({ type: 'minor' });
  collect({ type: 'minor' });
}

/** The bytes that live objects take, once all garbage is gone. */
async function liveBytes(): Promise<number> {
  // Targets of WeakRefs live until the job ends; what finalizers let go of is found by the second collection.
  for (let times = 0; times < 2; times += 1) {
    await new Promise(setImmediate);
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** As much as live objects take, of the heap and outside of it, as buffers do. */
export async function liveMemory(): Promise<number> {
  await liveBytes();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * By how many bytes `work` makes the heap grow, garbage not counted.
 * @param work gives what must stay alive while the heap is measured.
 * @returns the growth, and what `work` gave.
 */
export async function heapGrowth<T>(work: () => T | Promise<T>): Promise<readonly [bytes: number, held: T]> {
  const before = await liveBytes();
  const held = await work();
  return [(await liveBytes()) - before, held];
}
