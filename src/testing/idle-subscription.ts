import type { Subscription } from '../protocols/redis.js';

/** A subscription to which nothing comes: its loops wait until it is closed, or its signal aborts. */
export function idleSubscription(
  channel: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Subscription {
  const closing = new AbortController();
  const either = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
  const ended = new Promise<void>((resolve) => {
    if (either.aborted) resolve();
    else either.addEventListener('abort', () => resolve(), { once: true });
  });
  const next = (): Promise<IteratorResult<never>> => ended.then(() => ({ done: true, value: undefined }));
  const idle = (): AsyncIterableIterator<never> => ({ next, [Symbol.asyncIterator]: idle });
  const close = (): Promise<void> => {
    closing.abort();
    return Promise.resolve();
  };
  const subscription = {
    channel,
    stream: channel,
    lastId: '0-0',
    dropped: 0,
    gaps: 0,
    listen: idle,
    close,
    [Symbol.asyncIterator]: idle,
    [Symbol.asyncDispose]: close,
  };
  return subscription;
}
