import type { Link } from '../../../src/redis/link.js';
import { openLink } from '../../support/redis-helpers.js';

/** A bare connection to a server, past any proxy, made anew where it was lost. */
export class Control implements AsyncDisposable {
  readonly #url: string;
  #link: Link | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async ask(name: string, ...args: string[]): Promise<unknown> {
    if (this.#link?.writable !== true) this.#link = await openLink(this.#url);
    return this.#link.redis.call(name, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link?.redis.disconnect();
    await this.#link?.closed;
  }
}
