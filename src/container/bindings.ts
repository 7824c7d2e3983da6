import { type Token, tokenName } from '../tokens/token.js';
import { CountingContainer } from './counting-container.js';
import type { ReleaseFailure } from './lifecycle-errors.js';
import { type ReleaseLimits, withinLimit } from './release.js';
import type { ExternalBindings } from './selection.js';

type Key = Token<unknown>;

/**
 * The inversify side of an application: every token of ours is bound on its container, so that `get`, `rebind` and
 * modules work with them, and what somebody else bound takes part in our graph. Uses inversify's public API alone.
 */
export class Bindings implements ExternalBindings {
  readonly container = new CountingContainer();
  /** Set by the condition of our own binding, which inversify asks for whether a token is bound. */
  #asked = false;

  /** Binds `key` to what `resolve` gives: a value, or a promise that `getAsync` waits for. */
  bind(key: Key, resolve: (key: Key) => unknown): void {
    this.container
      .bindOwn(key)
      .toDynamicValue(() => resolve(key))
      .when(() => {
        this.#asked = true;
        return true;
      });
  }

  isForeign(key: Key): boolean {
    this.#asked = false;
    return this.container.isBound(key) && !this.#asked;
  }

  /** An instance of a foreign binding; as a promise unless it is wanted at once. */
  resolve(key: Key, sync: boolean): unknown {
    return sync ? this.container.get(key) : this.container.getAsync(key);
  }

  /** Ends a foreign binding: inversify runs its deactivations. */
  async release(key: Key): Promise<void> {
    if (this.isForeign(key)) await this.container.unbindAsync(key);
  }

  /** Ends what others bound and the graph never used: modules first, then single bindings, the last one first. */
  async releaseForeign(limits: ReleaseLimits): Promise<readonly ReleaseFailure[]> {
    const failures: ReleaseFailure[] = [];
    const end = async (token: string, work: Promise<void>): Promise<void> => {
      await withinLimit(token, work, limits, performance.now()).catch((error: unknown) => {
        failures.push({ token, error });
      });
    };
    const { modules, identifiers } = this.container.additions;
    for (const module of modules.toReversed()) {
      await end('a ContainerModule', this.container.unloadAsync(module));
    }
    for (const identifier of identifiers.toReversed()) {
      const key = identifier as Key;
      await end(tokenName(key), this.release(key));
    }
    return failures;
  }
}
