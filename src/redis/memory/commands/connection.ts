import {
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  integerOf,
  keyAt,
  optionOf,
} from '../command.js';
import type { MemoryConnection } from '../memory-connection.js';
import { bulk, ErrorReply, MapReply, nilArray, type Reply } from '../replies.js';

/** The server whose behaviour this one follows. */
const redisVersion = '7.0.15';

const helloNoAuth = new ErrorReply(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

function hello(call: Call): Reply {
  const { connection, args } = call;
  if (args.length > 0) {
    const version = keyAt(call, 0);
    if (!/^\d+$/.test(version))
      return new ErrorReply('ERR Protocol version is not an integer or out of range');
    if (version !== '2' && version !== '3') return new ErrorReply('NOPROTO unsupported protocol version');
    for (let index = 1; index < args.length;) {
      const option = optionOf(bytesAt(call, index));
      if (option === 'AUTH' && args.length > index + 2) {
        authenticate(call, bytesAt(call, index + 2));
        index += 3;
      } else if (option === 'SETNAME' && args.length > index + 1) {
        connection.name = keyAt(call, index + 1);
        index += 2;
      } else return new ErrorReply(`ERR Syntax error in HELLO option '${bytesAt(call, index).toString()}'`);
    }
    if (call.server.faults.asksFor(connection)) return helloNoAuth;
    connection.protocol = version === '3' ? 3 : 2;
  }
  return new MapReply([
    [bulk('server'), bulk('redis')],
    [bulk('version'), bulk(redisVersion)],
    [bulk('proto'), connection.protocol],
    [bulk('id'), connection.id],
    [bulk('mode'), bulk('standalone')],
    [bulk('role'), bulk(call.server.faults.isReadOnly ? 'replica' : 'master')],
    [bulk('modules'), []],
  ]);
}

function listed({ id, name, waits, database }: MemoryConnection): string {
  return `id=${id} name=${name} flags=${waits ? 'b' : 'N'} db=${database}\n`;
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
    case 'UNBLOCK':
      return unblock(call);
    case 'LIST':
      return bulk(call.server.connections.map(listed).join(''));
    default:
      return new ErrorReply(`ERR unknown subcommand '${bytesAt(call, 0).toString()}'. Try CLIENT HELP.`);
  }
}

function unblock(call: Call): Reply {
  const id = integerOf(bytesAt(call, 1));
  const withError = call.args.length > 2 && optionOf(bytesAt(call, 2)) === 'ERROR';
  const reply = withError ? new ErrorReply('UNBLOCKED client unblocked via CLIENT UNBLOCK') : nilArray;
  const target = call.server.connections.find((connection) => connection.id === id);
  return Number(target?.unblock(reply) ?? false);
}

function authenticate({ server, connection }: Call, password: Buffer): void {
  if (!server.faults.isPassword(password.toString()))
    throw new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
  connection.authenticated = true;
}

function auth(call: Call): Reply {
  const { server, connection, args } = call;
  // Every password is right on a server without one, given by user and password.
  if (args.length < 2 && !server.faults.asksFor(connection)) {
    return new ErrorReply(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
  }
  authenticate(call, bytesAt(call, args.length - 1));
  return 'OK';
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
    `run_id:${call.server.runId}`,
    '# Clients',
    `connected_clients:${call.server.connections.length}`,
    '# Memory',
    // All of it is the process's own.
    `used_memory_human:${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(2)}M`,
    '# Persistence',
    'loading:0',
    '# Replication',
    `role:${call.server.faults.isReadOnly ? 'slave' : 'master'}`,
    '# Keyspace',
    ...call.server.databases.flatMap((db, index) => (db.size === 0 ? [] : [`db${index}:keys=${db.size}`])),
  ];
  return bulk(`${lines.join('\r\n')}\r\n`);
}

export const connectionCommands: CommandTable = {
  hello: { arity: -1, run: hello, withoutAuth: true, whileLoading: true, whileBusy: true },
  auth: { arity: -2, run: auth, withoutAuth: true, whileLoading: true, whileBusy: true },
  client: { arity: -2, run: client, whileLoading: true },
  // Redis refuses it where it cannot persist, though it writes nothing.
  ping: { arity: -1, run: ping, whileSubscribed: true, needsDisk: true },
  echo: { arity: 2, run: (call) => bytesAt(call, 0) },
  select: { arity: 2, run: select, whileLoading: true },
  info: { arity: -1, run: info, whileLoading: true },
  quit: {
    arity: -1,
    run: ({ connection }) => {
      connection.reply('OK');
      connection.hangUp();
      return undefined;
    },
    immediate: true,
    whileSubscribed: true,
    whileLoading: true,
    whileBusy: true,
    withoutAuth: true,
  },
};
