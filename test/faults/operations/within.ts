import { setTimeout as sleep } from 'node:timers/promises';

/** What `work` gives. @throws Error that says `otherwise`, if that takes longer. */
export async function within<T>(limitMs: number, work: Promise<T>, otherwise: string): Promise<T> {
  const limit = new AbortController();
  const late = sleep(limitMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(otherwise);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
  }
}
