import type { EnvironmentVariables } from '../settings/environment.js';

/** What is used of the process. */
export interface CliIo {
  readonly env: EnvironmentVariables;
  /** Paths are read from here. */
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * What the process exits with: all is well, something that was looked at is not, or the command could not be carried
 * out as it was given.
 */
export const exitCodes = { ok: 0, faults: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
