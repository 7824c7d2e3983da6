import { type IdempotencyRedis, RedisError, type RedisScript, type ScriptReply } from '../../../src/index.js';

/** A call as the original's golden data have it: `['SETEX', key, seconds, value]`. */
export type RedisCall = readonly (string | number)[];

/** A Redis of one process that writes its calls down, those within scripts included, and fails where it is told to. */
export class RecordingRedis implements IdempotencyRedis {
  readonly values = new Map<string, string>();
  readonly calls: RedisCall[] = [];
  /** `get`, `setnx`, `setex`, `del`: these fail, each time. */
  readonly failures = new Set<string>();
  /** These are carried out, and their reply is lost, once. */
  readonly lostReplies = new Set<string>();
  /** Called before each command is carried out. */
  before: (name: string) => void = () => {};

  async get(key: string): Promise<string | null> {
    this.#record('get', 'GET', key);
    const value = this.values.get(key) ?? null;
    this.#reply('get');
    return value;
  }

  async setIfNotExists(key: string, value: string, ttlSeconds?: number): Promise<boolean> {
    this.#record('setnx', 'SETNX', key, value, ttlSeconds ?? -1);
    const isFirst = !this.values.has(key);
    if (isFirst) this.values.set(key, value);
    this.#reply('setnx');
    return isFirst;
  }

  async runScript<Reply>(
    script: RedisScript<Reply>,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<Reply> {
    const names: string[] = [];
    const reply = script.twin?.({ keys, args, call: (name, ...words) => this.#call(name, words, names) });
    for (const name of names) this.#reply(name);
    return script.decode(reply ?? null);
  }

  /** No test of this fake commits: that needs a server. */
  transaction(): Promise<never> {
    return Promise.reject(new Error('transactions are tested on a server'));
  }

  #call(name: string, [key = '', ...rest]: readonly (string | number)[], names: string[]): ScriptReply {
    if (name === 'GET') return this.values.get(String(key)) ?? null;
    const [seconds = 0, value = ''] = rest;
    names.push(name.toLowerCase());
    if (name === 'SETEX') {
      this.#record('setex', 'SETEX', key, Number(seconds), value);
      this.values.set(String(key), String(value));
      return 'OK';
    }
    this.#record('del', 'DEL', key);
    return this.values.delete(String(key)) ? 1 : 0;
  }

  #record(name: string, ...call: RedisCall): void {
    this.calls.push(call);
    this.before(name);
    if (this.failures.has(name)) throw redisFailure(false);
  }

  #reply(name: string): void {
    if (this.lostReplies.delete(name)) throw redisFailure(true);
  }
}

/** What a client throws whose server is away. */
function redisFailure(maybeApplied: boolean): RedisError {
  return new RedisError('SLIPWAY_REDIS_CONNECTION_LOST', {
    message: 'The connection is lost.',
    maybeApplied,
  });
}
