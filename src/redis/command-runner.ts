import type { RedisScript, RedisScriptCommands, ScriptReply } from '../protocols/redis/script-commands.js';
import { assertSize } from './command-size.js';
import { evalsha, evalSource, type ScriptUse, scriptLoad } from './commands/scripts.js';
import type { RedisEndpoint } from './endpoint.js';
import type { RedisCommand } from './pending-command.js';
import { isNoScript } from './reply-error.js';

/** What the commands of a set come down to: each surface brings its own way of getting one to the server. */
export abstract class CommandRunner implements RedisScriptCommands {
  readonly #endpoint: RedisEndpoint;

  constructor(endpoint: RedisEndpoint) {
    this.#endpoint = endpoint;
  }

  /** Sends the command of an operation, or queues it. What it rejects or throws with is the operation's error. */
  protected abstract execute<T>(operation: string, command: RedisCommand<T>): Promise<T>;

  /** Are commands queued now, so that nothing is known of their replies? */
  protected get queueing(): boolean {
    return false;
  }

  /** Builds a command and executes it; what is wrong with its arguments rejects. */
  protected run<A extends readonly unknown[], T>(
    operation: string,
    build: (...args: A) => RedisCommand<T>,
    ...args: A
  ): Promise<T> {
    try {
      const command = build(...args);
      assertSize(this.#endpoint, operation, command);
      return this.execute(operation, command);
    } catch (error) {
      const reason = error as Error;
      return Promise.reject(reason);
    }
  }

  async registerScript(source: string): Promise<string> {
    const sha = await this.run('registerScript', scriptLoad, source);
    this.#endpoint.scripts.set(sha, source);
    return sha;
  }

  executeScript(sha: string, keys: readonly string[], args: readonly string[]): Promise<ScriptReply> {
    const use: ScriptUse = { operation: 'executeScript', keys, args };
    return this.#evaluate(sha, this.#endpoint.scripts.get(sha), use, (reply) => reply);
  }

  runScript<Reply>(
    script: RedisScript<Reply>,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<Reply> {
    const { source, sha, decode, twin } = script;
    if (twin !== undefined) this.#endpoint.memory?.registerScript(source, twin);
    return this.#evaluate(sha, source, { operation: 'runScript', keys, args }, decode);
  }

  /** A script the server does not know was surely not run, so it is safe to send it again, whole. */
  async #evaluate<T>(
    sha: string,
    source: string | undefined,
    use: ScriptUse,
    decode: (reply: ScriptReply) => T,
  ): Promise<T> {
    const whole = (): Promise<T> => this.run(use.operation, evalSource<T>, source ?? '', use, decode);
    if (this.queueing && source !== undefined) return whole();
    try {
      return await this.run(use.operation, evalsha<T>, sha, use, decode);
    } catch (error) {
      if (source === undefined || !isNoScript(error)) throw error;
      return whole();
    }
  }
}
