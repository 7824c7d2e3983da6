import type { ScriptTwin } from '../../protocols/redis/script-commands.js';
import { sha1 } from '../script.js';

/** The scripts the server can run, each by a twin in TypeScript: it has no Lua. */
export class ScriptTwins {
  readonly #twins = new Map<string, ScriptTwin>();
  /** Those a client has loaded, by their SHA-1. */
  readonly #loaded = new Map<string, ScriptTwin>();

  register(source: string, twin: ScriptTwin): void {
    this.#twins.set(sha1(source), twin);
  }

  /** @returns its SHA-1, or undefined if it has no twin. */
  load(source: string): string | undefined {
    const sha = sha1(source);
    const twin = this.#twins.get(sha);
    if (twin === undefined) return undefined;
    this.#loaded.set(sha, twin);
    return sha;
  }

  /** A loaded script. */
  get(sha: string): ScriptTwin | undefined {
    return this.#loaded.get(sha);
  }

  /** Forgets which are loaded, as SCRIPT FLUSH does. */
  flush(): void {
    this.#loaded.clear();
  }
}
