import type { RedisError } from '../../errors/redis-error.js';
import type { RedisEndpoint } from '../endpoint.js';
import { stopped } from '../failures.js';
import type { Link } from '../link.js';

interface IdleLink {
  readonly link: Link;
  readonly since: number;
}

/** Links that nobody uses. The last to come is the first to go, so that what is not needed grows old and is closed. */
export class IdleLinks {
  readonly #endpoint: RedisEndpoint;
  readonly #idleMs: number;
  readonly #links: IdleLink[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(endpoint: RedisEndpoint, idleMs: number) {
    this.#endpoint = endpoint;
    this.#idleMs = idleMs;
  }

  put(link: Link): void {
    this.#links.push({ link, since: performance.now() });
    this.#arm();
  }

  take(): Link | undefined {
    for (let idle = this.#links.pop(); idle !== undefined; idle = this.#links.pop()) {
      // One that has just ended is removed in a moment.
      if (idle.link.writable) return idle.link;
    }
    return undefined;
  }

  remove(link: Link): void {
    const index = this.#links.findIndex((idle) => idle.link === link);
    if (index !== -1) this.#links.splice(index, 1);
  }

  closeAll(reason: RedisError): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { link } of this.#links.splice(0)) link.destroy(reason);
  }

  /** One timer for all, for the oldest; it keeps no process alive. */
  #arm(): void {
    const [oldest] = this.#links;
    if (oldest === undefined || this.#timer !== undefined) return;
    const leftMs = oldest.since + this.#idleMs - performance.now();
    this.#timer = setTimeout(() => this.#closeOld(), Math.max(1, Math.ceil(leftMs)));
    this.#timer.unref();
  }

  #closeOld(): void {
    this.#timer = undefined;
    const limit = performance.now() - this.#idleMs;
    const young = this.#links.findIndex(({ since }) => since > limit);
    const old = this.#links.splice(0, young === -1 ? this.#links.length : young);
    for (const { link } of old) link.destroy(stopped(this.#endpoint));
    this.#arm();
  }
}
