import type { Component, ComponentStatus } from '../protocols/component.js';
import type { Lifecycle } from '../protocols/lifecycle.js';
import type { Token } from '../tokens/token.js';

/**
 * A client as health sees it: what the application has of it, and `disabled` where nothing uses it, which is not known
 * before the application has started. Looking at health must not open a client that the service has no use for.
 */
export class UsedComponent implements Component {
  readonly name: string;
  readonly #lifecycle: Lifecycle;
  readonly #key: Token<Component>;
  readonly #since = new Date();
  #found: Component | undefined;

  constructor(name: string, key: Token<Component>, lifecycle: Lifecycle) {
    this.name = name;
    this.#key = key;
    this.#lifecycle = lifecycle;
  }

  get status(): ComponentStatus {
    const state = this.#lifecycle.phase === 'starting' ? 'starting' : 'disabled';
    return this.#client?.status ?? { state, since: this.#since, reconnects: 0 };
  }

  get details(): Readonly<Record<string, unknown>> {
    return this.#client?.details ?? {};
  }

  get startup(): 'required' | 'optional' {
    return this.#client?.startup ?? 'required';
  }

  get readinessGraceMs(): number {
    return this.#client?.readinessGraceMs ?? 0;
  }

  async inspect(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#client?.inspect?.()) ?? {};
  }

  /** Kept: it tells of its end when the application has forgotten it. */
  get #client(): Component | undefined {
    return (this.#found ??= this.#lifecycle.built(this.#key));
  }
}
