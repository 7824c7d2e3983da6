import type { ChannelKind, Channels } from '../channels.js';
import { bytesAt, type Call, CommandError, type CommandTable, keyAt, optionOf } from '../command.js';
import { matchesGlob } from '../glob.js';
import { bulk, bytes, ErrorReply, PushReply, type Reply } from '../replies.js';

function assertAllowed({ server }: Call, kind: ChannelKind, names: readonly Buffer[]): void {
  if (!names.every((name) => server.faults.allows(kind, name.toString('latin1'))))
    throw new CommandError(
      'NOPERM this user has no permissions to access one of the channels used as arguments',
    );
}

function subscribe(call: Call, kind: ChannelKind, word: string): undefined {
  const { server, connection, args } = call;
  const { subscriptions } = connection;
  assertAllowed(call, kind, args);
  for (const name of args) {
    subscriptions[kind].add(name.toString('latin1'));
    server[kind].subscribe(name.toString('latin1'), connection);
    connection.reply(new PushReply([bulk(word), name, subscriptions.countFor(kind)]));
  }
}

/** Without arguments from all of them. */
function unsubscribe({ server, connection, args }: Call, kind: ChannelKind, word: string): undefined {
  const { subscriptions } = connection;
  const names = args.length > 0 ? args.map((name) => name.toString('latin1')) : [...subscriptions[kind]];
  for (const name of names) {
    subscriptions[kind].delete(name);
    server[kind].unsubscribe(name, connection);
    connection.reply(new PushReply([bulk(word), bytes(name), subscriptions.countFor(kind)]));
  }
  if (names.length === 0) connection.reply(new PushReply([bulk(word), null, subscriptions.countFor(kind)]));
}

function publish(call: Call): Reply {
  const [name, data] = [bytesAt(call, 0), bytesAt(call, 1)];
  assertAllowed(call, 'channels', [name]);
  const receivers = [...call.server.channels.of(keyAt(call, 0))];
  const message = new PushReply([bulk('message'), name, data]);
  for (const receiver of receivers) receiver.reply(message);
  let count = receivers.length;
  for (const [pattern, receiver] of call.server.patterns.matching(keyAt(call, 0))) {
    receiver.reply(new PushReply([bulk('pmessage'), bytes(pattern), name, data]));
    count += 1;
  }
  return count;
}

function publishSharded(call: Call): Reply {
  assertAllowed(call, 'shards', [bytesAt(call, 0)]);
  const message = new PushReply([bulk('smessage'), bytesAt(call, 0), bytesAt(call, 1)]);
  const receivers = [...call.server.shards.of(keyAt(call, 0))];
  for (const receiver of receivers) receiver.reply(message);
  return receivers.length;
}

function inspect(call: Call): Reply {
  const { channels, patterns, shards } = call.server;
  const names = (of: Channels): Reply => {
    const pattern = call.args.length > 1 ? keyAt(call, 1) : '*';
    return of.names.filter((name) => matchesGlob(pattern, name)).map(bytes);
  };
  const counts = (of: Channels): Reply =>
    call.args.slice(1).flatMap((name) => [name, [...of.of(name.toString('latin1'))].length]);
  switch (optionOf(bytesAt(call, 0))) {
    case 'CHANNELS':
      return names(channels);
    case 'NUMSUB':
      return counts(channels);
    case 'NUMPAT':
      return patterns.names.length;
    case 'SHARDCHANNELS':
      return names(shards);
    case 'SHARDNUMSUB':
      return counts(shards);
    default:
      return new ErrorReply(`ERR unknown subcommand '${bytesAt(call, 0).toString()}'. Try PUBSUB HELP.`);
  }
}

function subscribing(kind: ChannelKind, word: string): CommandTable {
  return {
    [word]: { arity: -2, run: (call) => subscribe(call, kind, word), whileSubscribed: true },
    [word.replace('subscribe', 'unsubscribe')]: {
      arity: -1,
      run: (call) => unsubscribe(call, kind, word.replace('subscribe', 'unsubscribe')),
      whileSubscribed: true,
    },
  };
}

export const pubsubCommands: CommandTable = {
  ...subscribing('channels', 'subscribe'),
  ...subscribing('patterns', 'psubscribe'),
  ...subscribing('shards', 'ssubscribe'),
  publish: { arity: 3, run: publish },
  spublish: { arity: 3, run: publishSharded },
  pubsub: { arity: -2, run: inspect },
};
