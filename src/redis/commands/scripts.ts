import type { ScriptReply } from '../../protocols/redis/script-commands.js';
import type { RedisCommand } from '../pending-command.js';
import { text, textList } from './arguments.js';
import { string } from './replies.js';

export function scriptLoad(source: string): RedisCommand<string> {
  return { name: 'script', args: ['LOAD', text('registerScript', 'source', source)], decode: string };
}

export interface ScriptUse {
  /** The method it is called by, for errors. */
  readonly operation: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

export function evalsha<T>(sha: string, use: ScriptUse, decode: (reply: ScriptReply) => T): RedisCommand<T> {
  return { name: 'evalsha', args: [text(use.operation, 'sha', sha), ...words(use)], decode: asReply(decode) };
}

/** As {@link evalsha}, the source with it: for a server that does not know it, or where nobody could repeat it. */
export function evalSource<T>(
  source: string,
  use: ScriptUse,
  decode: (reply: ScriptReply) => T,
): RedisCommand<T> {
  return {
    name: 'eval',
    args: [text(use.operation, 'source', source), ...words(use)],
    decode: asReply(decode),
    // What a queued script is going to reply is not known, so neither is its type.
    queued: null as T,
  };
}

function words({ operation, keys, args }: ScriptUse): string[] {
  const keyTexts = textList(operation, 'key', keys);
  return [String(keyTexts.length), ...keyTexts, ...textList(operation, 'arg', args)];
}

function asReply<T>(decode: (reply: ScriptReply) => T): (reply: unknown) => T {
  return (reply) => decode(reply as ScriptReply);
}
