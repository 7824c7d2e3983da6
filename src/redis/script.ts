import { createHash } from 'node:crypto';
import type { RedisScript, ScriptReply, ScriptTwin } from '../protocols/redis/script-commands.js';

/** The name by which Redis knows a script. */
export function sha1(source: string): string {
  return createHash('sha1').update(source).digest('hex');
}

export interface ScriptOptions<Reply> {
  /** Lua. It finds its arguments in `KEYS` and `ARGV`. */
  readonly source: string;
  /** How the reply is read. May throw on what the script cannot return. */
  readonly decode: (reply: ScriptReply) => Reply;
  /** The same in TypeScript, for `memory://`, which runs no Lua. */
  readonly twin?: ScriptTwin;
}

/**
 * A Lua script with a typed reply, for `redis.runScript(script, keys, args)`.
 *
 *     const takeToken = defineScript({
 *       source: `if redis.call('INCR', KEYS[1]) > tonumber(ARGV[1]) then return 0 end return 1`,
 *       decode: (reply) => reply === 1,
 *     });
 */
export function defineScript<Reply>({ source, decode, twin }: ScriptOptions<Reply>): RedisScript<Reply> {
  return { source, sha: sha1(source), decode, twin };
}
