import type { LogLevel, LogThreshold } from '../protocols/log-levels.js';
import type { LogLevels } from './logging-options.js';

/** Their order. */
const ranks: Readonly<Record<LogThreshold, number>> = {
  debug: 0,
  info: 1,
  warn: 2,
  error: 3,
  silent: 4,
};

const maxKnownModules = 1_000;

/** Which lines of which module are logged. */
export class LevelRules {
  readonly #default: LogThreshold;
  readonly #names: ReadonlyMap<string, LogThreshold>;
  /** The longest first. */
  readonly #beginnings: readonly (readonly [beginning: string, level: LogThreshold])[];
  readonly #known = new Map<string, LogThreshold>();

  constructor({ level = 'info', levels = {} }: LogLevels) {
    const entries = Object.entries(levels);
    this.#default = level;
    this.#names = new Map(entries.filter(([module]) => !module.endsWith('*')));
    this.#beginnings = entries
      .filter(([module]) => module.endsWith('*'))
      .map(([module, each]) => [module.slice(0, -1), each] as const)
      .toSorted(([left], [right]) => right.length - left.length);
  }

  logs(level: LogLevel, module: string): boolean {
    return ranks[level] >= ranks[this.of(module)];
  }

  /** The least level that `module` logs. */
  of(module: string): LogThreshold {
    if (this.#names.size === 0 && this.#beginnings.length === 0) return this.#default;
    const known = this.#known.get(module);
    if (known !== undefined) return known;
    const [, byBeginning] = this.#beginnings.find(([beginning]) => module.startsWith(beginning)) ?? [];
    const level = this.#names.get(module) ?? byBeginning ?? this.#default;
    // Names are few, unless somebody makes one for each request.
    if (this.#known.size < maxKnownModules) this.#known.set(module, level);
    return level;
  }
}
