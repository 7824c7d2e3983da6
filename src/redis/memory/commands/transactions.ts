import type { Call, CommandTable } from '../command.js';
import { ErrorReply, nilArray, type Reply } from '../replies.js';

function multi({ connection }: Call): Reply {
  const { transaction } = connection;
  if (transaction.queue !== undefined) return new ErrorReply('ERR MULTI calls can not be nested');
  transaction.queue = [];
  return 'OK';
}

function exec({ connection }: Call): Reply {
  const { transaction } = connection;
  const { queue } = transaction;
  if (queue === undefined) return new ErrorReply('ERR EXEC without MULTI');
  const { refused } = transaction;
  const conflict = transaction.conflicted();
  transaction.reset();
  if (refused) return new ErrorReply('EXECABORT Transaction discarded because of previous errors.');
  if (conflict) return nilArray;
  return connection.withoutBlocking(() => queue.map((run) => run()));
}

function discard({ connection }: Call): Reply {
  if (connection.transaction.queue === undefined) return new ErrorReply('ERR DISCARD without MULTI');
  connection.transaction.reset();
  return 'OK';
}

function watch({ connection, db, args }: Call): Reply {
  if (connection.transaction.queue !== undefined)
    return new ErrorReply('ERR WATCH inside MULTI is not allowed');
  for (const key of args) connection.transaction.watch(db, key.toString('latin1'));
  return 'OK';
}

function unwatch({ connection }: Call): Reply {
  connection.transaction.unwatch();
  return 'OK';
}

export const transactionCommands: CommandTable = {
  multi: { arity: 1, run: multi, immediate: true, whileBusy: true },
  exec: { arity: 1, run: exec, immediate: true },
  discard: { arity: 1, run: discard, immediate: true, whileBusy: true },
  watch: { arity: -2, run: watch, immediate: true, whileBusy: true },
  unwatch: { arity: 1, run: unwatch, whileBusy: true },
};
