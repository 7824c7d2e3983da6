import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisError } from '../errors/redis-error.js';
import { unexpected } from './commands/replies.js';
import type { RedisEndpoint } from './endpoint.js';
import { noSentinel, stopped, unknownPrimary } from './failures.js';
import { Link } from './link.js';
import type { RedisCommand } from './pending-command.js';
import type { NodeAddress } from './topology-url.js';

/** One that has not answered for so long is not waited for alone. */
const patienceMs = 250;
/** Limit of one question, from the first packet to the answer. */
const askTimeoutMs = 1000;

/** Knows where the primary is, by asking the sentinels each time. */
export class Sentinels {
  readonly #where: RedisEndpoint;
  readonly #sentinels: readonly RedisEndpoint[];
  readonly #master: string;
  #next = 0;

  /**
   * @param where what they watch, for errors.
   * @param sentinels one endpoint for each.
   */
  constructor(where: RedisEndpoint, sentinels: readonly RedisEndpoint[], master: string) {
    this.#where = where;
    this.#sentinels = sentinels;
    this.#master = master;
  }

  /**
   * The first answer that comes. Each time another sentinel is asked first, so that one whose knowledge is old (cut off
   * from the others) leads astray no more than its share of attempts.
   * @throws RedisError SLIPWAY_REDIS_NO_PRIMARY if they do not know it, or why none could be asked.
   */
  async primary(signal: AbortSignal): Promise<NodeAddress> {
    const first = this.#next;
    this.#next = (first + 1) % this.#sentinels.length;
    const order = [...this.#sentinels.slice(first), ...this.#sentinels.slice(0, first)];
    const end = new AbortController();
    const asking = AbortSignal.any([signal, end.signal]);
    const answers: Promise<NodeAddress>[] = [];
    try {
      for (const sentinel of order) {
        answers.push(this.#ask(sentinel, asking));
        const answer = await Promise.race([
          Promise.any(answers).catch(() => undefined), // all asked so far have failed: on to the next
          sleep(patienceMs, undefined, { signal: asking }).catch(() => undefined),
        ]);
        if (answer !== undefined) return answer;
        if (signal.aborted) throw signal.reason;
      }
      return await Promise.any(answers);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof AggregateError ? noSentinel(this.#where, error.errors as RedisError[]) : error;
    } finally {
      end.abort(stopped(this.#where));
      await Promise.allSettled(answers);
    }
  }

  async #ask(sentinel: RedisEndpoint, asking: AbortSignal): Promise<NodeAddress> {
    const signal = AbortSignal.any([asking, AbortSignal.timeout(askTimeoutMs)]);
    const name = `${sentinel.clientId}:sentinel`;
    const link = await Link.open(sentinel, { name, timeoutMs: askTimeoutMs, signal });
    const cut = (): void => link.destroy(stopped(sentinel));
    signal.addEventListener('abort', cut);
    try {
      const answer = await link.request(addressOf(this.#master));
      if (answer === null) throw unknownPrimary(sentinel, this.#master);
      return answer;
    } finally {
      signal.removeEventListener('abort', cut);
      cut();
      await link.closed;
    }
  }
}

function addressOf(master: string): RedisCommand<NodeAddress | null> {
  return {
    name: 'sentinel',
    args: ['get-master-addr-by-name', master],
    decode: (reply) => {
      if (reply === null) return null;
      if (!Array.isArray(reply) || reply.length !== 2) throw unexpected(reply, 'a host and a port');
      return { host: String(reply[0]), port: Number(reply[1]) };
    },
  };
}
