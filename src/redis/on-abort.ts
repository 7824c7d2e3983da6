interface Callbacks {
  readonly all: Set<() => void>;
  readonly run: () => void;
}

const callbacksOf = new WeakMap<AbortSignal, Callbacks>();

/**
 * Calls back when the signal aborts. However many wait for one signal, it has one listener: Node warns of a leak from
 * eleven on.
 * @returns what takes the callback back.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = callbacksOf.get(signal);
  if (callbacks === undefined) {
    const all = new Set<() => void>();
    const run = (): void => {
      for (const one of all) one();
    };
    callbacks = { all, run };
    callbacksOf.set(signal, callbacks);
    signal.addEventListener('abort', run, { once: true });
  }
  const { all, run } = callbacks;
  all.add(callback);
  return () => {
    if (!all.delete(callback) || all.size > 0) return;
    callbacksOf.delete(signal);
    signal.removeEventListener('abort', run);
  };
}
