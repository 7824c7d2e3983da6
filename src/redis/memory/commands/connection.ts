import { bytesAt, type Call, type CommandTable, integerOf, keyAt, optionOf } from '../command.js';
import { bulk, ErrorReply, MapReply, type Reply } from '../replies.js';

/** The server whose behaviour this one follows. */
const redisVersion = '7.0.15';

function hello(call: Call): Reply {
  const { connection, args } = call;
  if (args.length > 0) {
    const version = keyAt(call, 0);
    if (!/^\d+$/.test(version))
      return new ErrorReply('ERR Protocol version is not an integer or out of range');
    if (version !== '2' && version !== '3') return new ErrorReply('NOPROTO unsupported protocol version');
    for (let index = 1; index < args.length;) {
      const option = optionOf(bytesAt(call, index));
      if (option === 'AUTH' && args.length > index + 2) index += 3;
      else if (option === 'SETNAME' && args.length > index + 1) {
        connection.name = keyAt(call, index + 1);
        index += 2;
      } else return new ErrorReply(`ERR Syntax error in HELLO option '${bytesAt(call, index).toString()}'`);
    }
    connection.protocol = version === '3' ? 3 : 2;
  }
  return new MapReply([
    ['server', bulk('redis')],
    ['version', bulk(redisVersion)],
    ['proto', connection.protocol],
    ['id', connection.id],
    ['mode', bulk('standalone')],
    ['role', bulk('master')],
    ['modules', []],
  ]);
}

function client(call: Call): Reply {
  const { connection } = call;
  switch (optionOf(bytesAt(call, 0))) {
    case 'SETNAME':
      connection.name = keyAt(call, 1);
      return 'OK';
    case 'GETNAME':
      return connection.name === '' ? null : Buffer.from(connection.name, 'latin1');
    case 'SETINFO':
    case 'NO-EVICT':
      return 'OK';
    case 'ID':
      return connection.id;
    case 'LIST':
      return bulk(call.server.connections.map((one) => `id=${one.id} name=${one.name}\n`).join(''));
    default:
      return new ErrorReply(`ERR unknown subcommand '${bytesAt(call, 0).toString()}'. Try CLIENT HELP.`);
  }
}

function ping({ connection, args }: Call): Reply {
  if (args.length > 1) return new ErrorReply("ERR wrong number of arguments for 'ping' command");
  if (connection.restricted) return [bulk('pong'), args[0] ?? bulk('')];
  return args[0] ?? 'PONG';
}

function select(call: Call): Reply {
  const index = integerOf(bytesAt(call, 0));
  if (call.server.databases[index] === undefined) return new ErrorReply('ERR DB index is out of range');
  call.connection.database = index;
  return 'OK';
}

function info(call: Call): Reply {
  const lines = [
    '# Server',
    `redis_version:${redisVersion}`,
    'redis_mode:standalone',
    '# Clients',
    `connected_clients:${call.server.connections.length}`,
    '# Persistence',
    'loading:0',
    '# Replication',
    'role:master',
    '# Keyspace',
    ...call.server.databases.flatMap((db, index) => (db.size === 0 ? [] : [`db${index}:keys=${db.size}`])),
  ];
  return bulk(`${lines.join('\r\n')}\r\n`);
}

export const connectionCommands: CommandTable = {
  hello: { arity: -1, run: hello },
  auth: {
    arity: -2,
    // Every password is right on a server without one, given by user and password.
    run: ({ args }) =>
      args.length === 2
        ? 'OK'
        : new ErrorReply(
            'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
          ),
  },
  client: { arity: -2, run: client },
  ping: { arity: -1, run: ping, whileSubscribed: true },
  echo: { arity: 2, run: (call) => bytesAt(call, 0) },
  select: { arity: 2, run: select },
  info: { arity: -1, run: info },
  quit: {
    arity: -1,
    run: ({ connection }) => {
      connection.reply('OK');
      connection.hangUp();
      return undefined;
    },
    immediate: true,
    whileSubscribed: true,
  },
};
