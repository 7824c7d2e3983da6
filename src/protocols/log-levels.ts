export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The least level that is logged; `silent` logs nothing. */
export type LogThreshold = LogLevel | 'silent';

/** Names of levels in lower case; `warning` and `critical` are Python's. */
export const logThresholds: ReadonlyMap<string, LogThreshold> = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
  ['silent', 'silent'],
]);

/** A module's name, or the beginning of several with a `*` behind it. */
export function isLogModule(text: string): boolean {
  return /^(?:[^\s=,*]+\*?|\*)$/.test(text);
}

/** Levels by module: `kafka-bus=debug,redis*=warn`. `undefined` where `text` is something else. */
export function readLogLevels(text: string): Readonly<Record<string, LogThreshold>> | undefined {
  const levels = new Map<string, LogThreshold>();
  for (const entry of text.split(',')) {
    const [module = '', name = '', ...rest] = entry.split('=').map((part) => part.trim());
    const level = logThresholds.get(name.toLowerCase());
    if (level === undefined || rest.length > 0 || !isLogModule(module)) return undefined;
    levels.set(module, level);
  }
  return Object.fromEntries(levels);
}
