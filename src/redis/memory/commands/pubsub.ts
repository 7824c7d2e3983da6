import { bytesAt, type Call, type CommandTable, keyAt, optionOf } from '../command.js';
import { matchesGlob } from '../glob.js';
import { bulk, ErrorReply, PushReply, type Reply } from '../replies.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

function subscribe({ server, connection, args }: Call): undefined {
  for (const name of args) {
    connection.channels.add(name.toString('latin1'));
    server.channels.subscribe(name.toString('latin1'), connection);
    connection.reply(new PushReply([bulk('subscribe'), name, connection.channels.size]));
  }
}

/** Without arguments from all of them. */
function unsubscribe({ server, connection, args }: Call): undefined {
  const names = args.length > 0 ? args.map((name) => name.toString('latin1')) : [...connection.channels];
  for (const name of names) {
    connection.channels.delete(name);
    server.channels.unsubscribe(name, connection);
    connection.reply(new PushReply([bulk('unsubscribe'), latin1(name), connection.channels.size]));
  }
  if (names.length === 0) connection.reply(new PushReply([bulk('unsubscribe'), null, 0]));
}

function publish(call: Call): Reply {
  const message = new PushReply([bulk('message'), bytesAt(call, 0), bytesAt(call, 1)]);
  const receivers = [...call.server.channels.of(keyAt(call, 0))];
  for (const receiver of receivers) receiver.reply(message);
  return receivers.length;
}

function inspect(call: Call): Reply {
  const { channels } = call.server;
  switch (optionOf(bytesAt(call, 0))) {
    case 'CHANNELS': {
      const pattern = call.args.length > 1 ? keyAt(call, 1) : '*';
      return channels.names.filter((name) => matchesGlob(pattern, name)).map(latin1);
    }
    case 'NUMSUB':
      return call.args.slice(1).flatMap((name) => [name, [...channels.of(name.toString('latin1'))].length]);
    default:
      return new ErrorReply(`ERR unknown subcommand '${bytesAt(call, 0).toString()}'. Try PUBSUB HELP.`);
  }
}

export const pubsubCommands: CommandTable = {
  subscribe: { arity: -2, run: subscribe, whileSubscribed: true },
  unsubscribe: { arity: -1, run: unsubscribe, whileSubscribed: true },
  publish: { arity: 3, run: publish },
  pubsub: { arity: -2, run: inspect },
};
