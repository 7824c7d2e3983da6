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
