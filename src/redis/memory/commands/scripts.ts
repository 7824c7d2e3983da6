import {
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  integerOf,
  keyAt,
  optionOf,
} from '../command.js';
import { bulk, ErrorReply, type Reply } from '../replies.js';
import { runTwin } from '../run-twin.js';

const noScript = new ErrorReply('NOSCRIPT No matching script. Please use EVAL.');
const noTwin =
  'ERR This memory server runs no Lua and has no twin of this script. Give one with server.registerScript(source, twin), or to defineScript().';

function load(call: Call, source: Buffer): string {
  const sha = call.server.scripts.load(source.toString());
  if (sha === undefined) throw new CommandError(noTwin);
  return sha;
}

function evaluate(call: Call, sha: () => string): Reply {
  const keyCount = integerOf(bytesAt(call, 1));
  if (keyCount > call.args.length - 2) {
    return new ErrorReply("ERR Number of keys can't be greater than number of args");
  }
  if (keyCount < 0) return new ErrorReply("ERR Number of keys can't be negative");
  const twin = call.server.scripts.get(sha());
  return twin === undefined ? noScript : runTwin(call, twin, call.args.slice(2), keyCount);
}

function script(call: Call): Reply {
  const { scripts } = call.server;
  switch (optionOf(bytesAt(call, 0))) {
    case 'LOAD':
      return bulk(load(call, bytesAt(call, 1)));
    case 'EXISTS':
      return call.args.slice(1).map((sha) => Number(scripts.get(sha.toString().toLowerCase()) !== undefined));
    case 'FLUSH':
      scripts.flush();
      return 'OK';
    default:
      return new ErrorReply(`ERR unknown subcommand '${bytesAt(call, 0).toString()}'. Try SCRIPT HELP.`);
  }
}

export const scriptCommands: CommandTable = {
  eval: { arity: -3, run: (call) => evaluate(call, () => load(call, bytesAt(call, 0))) },
  evalsha: { arity: -3, run: (call) => evaluate(call, () => keyAt(call, 0).toLowerCase()) },
  script: { arity: -2, run: script },
};
