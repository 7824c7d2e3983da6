import type { ScriptReply, ScriptTwin } from '../../protocols/redis/script-commands.js';
import type { Call } from './command.js';
import {
  DoubleReply,
  ErrorReply,
  formatDouble,
  MapReply,
  nilArray,
  PushReply,
  type Reply,
  SetReply,
} from './replies.js';

/** Runs a script's twin as the server runs a script: in one step, its commands' errors as exceptions. */
export function runTwin(
  { connection }: Call,
  twin: ScriptTwin,
  words: readonly Buffer[],
  keyCount: number,
): Reply {
  const texts = words.map((word) => word.toString());
  const call = (command: string, ...args: (string | number)[]): ScriptReply => {
    const request = [command, ...args].map((word) => Buffer.from(String(word)));
    return toScript(connection.call(request));
  };
  try {
    const result = connection.withoutBlocking(() =>
      twin({ keys: texts.slice(0, keyCount), args: texts.slice(keyCount), call }),
    );
    return fromScript(result);
  } catch (error) {
    if (error instanceof ScriptError) return error.reply;
    return new ErrorReply(`ERR ${(error as Error).message}`);
  }
}

/** What a command within a script answered with, thrown through the script. */
class ScriptError extends Error {
  readonly reply: ErrorReply;

  constructor(reply: ErrorReply) {
    super(reply.text);
    this.reply = reply;
  }
}

function toScript(reply: Reply | undefined): ScriptReply {
  if (reply === undefined || reply === null || reply === nilArray) return null;
  if (typeof reply === 'string' || typeof reply === 'number') return reply;
  // A script's numbers are as exact as those of JavaScript.
  if (typeof reply === 'bigint') return Number(reply);
  if (Buffer.isBuffer(reply)) return reply.toString();
  if (reply instanceof ErrorReply) throw new ScriptError(reply);
  if (reply instanceof DoubleReply) return formatDouble(reply.value);
  if (reply instanceof SetReply || reply instanceof PushReply) return reply.items.map(toScript);
  if (reply instanceof MapReply) return reply.entries.flat().map(toScript);
  return reply.map(toScript);
}

function fromScript(reply: ScriptReply): Reply {
  if (reply === null) return null;
  if (typeof reply === 'number') return Math.trunc(reply);
  if (typeof reply === 'string') return Buffer.from(reply);
  return reply.map(fromScript);
}
