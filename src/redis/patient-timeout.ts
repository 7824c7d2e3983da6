const turns = 8;

/**
 * Calls `expire` after `ms` milliseconds in which the process could run. They are counted in eighths, of which a process
 * that stood still misses no more than one: a service that loads its modules while it connects does not blame the server.
 * @returns what ends it.
 */
export function patientTimeout(ms: number, expire: () => void): () => void {
  let left = turns;
  const timer = setInterval(
    () => {
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      expire();
    },
    Math.ceil(ms / turns),
  );
  return () => clearInterval(timer);
}

/**
 * A signal that aborts as `signal` does, or as `AbortSignal.timeout(ms)` would, but as patiently as
 * {@link patientTimeout}. Call `end` when it is not needed any more.
 */
export function patientSignal(
  signal: AbortSignal,
  ms: number,
): { readonly limit: AbortSignal; readonly end: () => void } {
  const late = new AbortController();
  const end = patientTimeout(ms, () =>
    late.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  );
  return { limit: AbortSignal.any([signal, late.signal]), end };
}
