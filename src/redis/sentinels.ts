import type { RedisError } from '../errors/redis-error.js';
import { askOnce, firstAnswer, rotated } from './ask.js';
import { unexpected } from './commands/replies.js';
import { noSentinel, unknownPrimary } from './connect-failures.js';
import type { RedisEndpoint } from './endpoint.js';
import type { RedisCommand } from './pending-command.js';
import type { NodeAddress } from './topology-url.js';

/** Limit of one question, from the first packet to the answer. */
const askTimeoutMs = 1000;

/** Knows where the primary is, by asking the sentinels each time. */
export class Sentinels {
  readonly #where: RedisEndpoint;
  readonly #sentinels: readonly RedisEndpoint[];
  readonly #master: string;
  #turn = 0;

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
    const order = rotated(this.#sentinels, this.#turn++);
    try {
      return await firstAnswer(order, signal, (sentinel, asking) => this.#ask(sentinel, asking));
    } catch (error) {
      throw error instanceof AggregateError ? noSentinel(this.#where, error.errors as RedisError[]) : error;
    }
  }

  async #ask(sentinel: RedisEndpoint, signal: AbortSignal): Promise<NodeAddress> {
    const name = `${sentinel.clientId}:sentinel`;
    const answer = await askOnce(sentinel, addressOf(this.#master), {
      name,
      timeoutMs: askTimeoutMs,
      signal,
    });
    if (answer === null) throw unknownPrimary(sentinel, this.#master);
    return answer;
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
