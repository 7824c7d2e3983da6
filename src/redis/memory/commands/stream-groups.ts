import { compareStreamIds, zeroId } from '../../stream-id.js';
import {
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  integerOf,
  keyAt,
  optionOf,
} from '../command.js';
import { bulk, bytes, ErrorReply, MapReply, nilArray, type Reply, syntaxError } from '../replies.js';
import { Stream, type StreamEntry, type StreamGroup } from '../stream.js';
import { entryReply, idOf, neighbour, rangeEnd, streamAt } from './stream-arguments.js';

function groupAt(call: Call, key: string, name: string, where = ''): { stream: Stream; group: StreamGroup } {
  const stream = streamAt(call, key);
  const group = stream?.groups.get(name);
  if (stream !== undefined && group !== undefined) return { stream, group };
  throw new CommandError(`NOGROUP No such key '${key}' or consumer group '${name}'${where}`);
}

function manage(call: Call): Reply {
  const [option, key, name] = [optionOf(bytesAt(call, 0)), keyAt(call, 1), keyAt(call, 2)];
  const words = call.args.slice(4).map((word) => optionOf(word));
  const present = streamAt(call, key);
  if (present === undefined && !(option === 'CREATE' && words.includes('MKSTREAM'))) {
    return new ErrorReply(
      'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
    );
  }
  const stream = present ?? new Stream();
  const group = stream.groups.get(name);
  const from = (): string => (keyAt(call, 3) === '$' ? stream.lastId : idOf(bytesAt(call, 3)));
  if (option === 'CREATE') {
    const lastId = from();
    if (group !== undefined) return new ErrorReply('BUSYGROUP Consumer Group name already exists');
    const entriesRead = words.indexOf('ENTRIESREAD');
    const read = entriesRead === -1 ? undefined : integerOf(bytesAt(call, 5 + entriesRead));
    stream.groups.set(name, { lastId, read, pending: new Map(), consumers: new Set() });
    if (present === undefined) call.db.set(key, { type: 'stream', stream });
    else call.db.touch(key, false);
    return 'OK';
  }
  if (option === 'DESTROY') return Number(stream.groups.delete(name));
  if (group === undefined)
    return new ErrorReply(`NOGROUP No such consumer group '${name}' for key name '${key}'`);
  if (option === 'SETID') {
    group.lastId = from();
    group.read = undefined;
    return 'OK';
  }
  return syntaxError;
}

/** Notes that entries were given to a consumer. */
function deliver(call: Call, group: StreamGroup, consumer: string, entries: readonly StreamEntry[]): void {
  const deliveredAt = call.server.clock.now();
  for (const { id } of entries) {
    const deliveries = (group.pending.get(id)?.deliveries ?? 0) + 1;
    group.pending.set(id, { consumer, deliveredAt, deliveries });
  }
}

function readGroup(call: Call): Reply | undefined {
  if (optionOf(bytesAt(call, 0)) !== 'GROUP') return syntaxError;
  const [name, consumer] = [keyAt(call, 1), keyAt(call, 2)];
  let [count, at] = [Infinity, 3];
  let blockMs: number | undefined;
  for (; optionOf(bytesAt(call, at)) !== 'STREAMS'; at += 2) {
    const option = optionOf(bytesAt(call, at));
    if (option === 'COUNT') count = integerOf(bytesAt(call, at + 1));
    else if (option === 'BLOCK') blockMs = integerOf(bytesAt(call, at + 1));
    else return syntaxError;
  }
  // Of one stream: what this client asks for.
  if (call.args.length !== at + 3) return syntaxError;
  const [key, from] = [keyAt(call, at + 1), bytesAt(call, at + 2)];
  const found = (): { stream: Stream; group: StreamGroup } =>
    groupAt(call, key, name, ' in XREADGROUP with GROUP option');
  found();
  const replied = (entries: readonly Reply[]): Reply => {
    const streams: [Reply, Reply][] = [[bytes(key), entries]];
    return call.connection.protocol === 3 ? new MapReply(streams) : streams;
  };
  if (from.toString() !== '>') {
    const { stream, group } = found();
    group.consumers.add(consumer);
    const own = pendingFrom(group, neighbour(idOf(from), 1n)).filter(([, one]) => one.consumer === consumer);
    return replied(
      own.slice(0, count).map(([id]) => {
        const entry = stream.get(id);
        return entry === undefined ? [bulk(id), nilArray] : entryReply(entry);
      }),
    );
  }
  const attempt = (): Reply | undefined => {
    const { stream, group } = found();
    const entries = stream.after(group.lastId, count);
    if (entries.length === 0) return undefined;
    for (const { id } of entries) {
      group.read =
        group.read !== undefined && !stream.hasDeletedFrom(id) ? group.read + 1 : stream.ordinalOf(id);
      group.lastId = id;
    }
    group.consumers.add(consumer);
    deliver(call, group, consumer, entries);
    return replied(entries.map(entryReply));
  };
  const reply = attempt();
  if (reply !== undefined) return reply;
  if (blockMs === undefined) return nilArray;
  return call.connection.block({ attempt, timeoutMs: blockMs, otherwise: nilArray });
}

function pendingFrom(group: StreamGroup, from: string) {
  return [...group.pending]
    .filter(([id]) => compareStreamIds(id, from) >= 0)
    .toSorted(([a], [b]) => compareStreamIds(a, b));
}

function acknowledge(call: Call): Reply {
  const ids = call.args.slice(2).map((id) => idOf(id));
  const group = streamAt(call, keyAt(call, 0))?.groups.get(keyAt(call, 1));
  return ids.filter((id) => group?.pending.delete(id)).length;
}

function claim(call: Call): Reply {
  const [key, name, consumer] = [keyAt(call, 0), keyAt(call, 1), keyAt(call, 2)];
  const idleMs = integerOf(bytesAt(call, 3));
  const from = rangeEnd(bytesAt(call, 4), 'from');
  let count = 100;
  if (call.args.length > 5) {
    if (optionOf(bytesAt(call, 5)) !== 'COUNT' || call.args.length !== 7) return syntaxError;
    count = integerOf(bytesAt(call, 6));
  }
  const { stream, group } = groupAt(call, key, name);
  const now = call.server.clock.now();
  const entries: StreamEntry[] = [];
  const deleted: string[] = [];
  // As a server does, which looks at ten times as many as it gives.
  let attempts = count * 10;
  let next = zeroId;
  for (const [id, pending] of pendingFrom(group, from)) {
    if (attempts === 0 || entries.length === count) {
      next = id;
      break;
    }
    attempts -= 1;
    const entry = stream.get(id);
    if (entry === undefined) {
      group.pending.delete(id);
      deleted.push(id);
    } else if (now - pending.deliveredAt >= idleMs) entries.push(entry);
  }
  if (entries.length > 0) group.consumers.add(consumer);
  deliver(call, group, consumer, entries);
  return [bulk(next), entries.map(entryReply), deleted.map(bulk)];
}

/** The summary, of which a range would be the details. */
function pendingSummary(call: Call): Reply {
  const { group } = groupAt(call, keyAt(call, 0), keyAt(call, 1));
  const ids = pendingFrom(group, zeroId);
  if (ids.length === 0) return [0, null, null, nilArray];
  const counts = new Map<string, number>();
  for (const [, { consumer }] of ids) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
  const consumers = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ids.length,
    bulk(ids[0]?.[0] ?? zeroId),
    bulk(ids.at(-1)?.[0] ?? zeroId),
    consumers.map(([consumer, count]) => [bytes(consumer), bulk(String(count))]),
  ];
}

function inspect(call: Call): Reply {
  const stream = streamAt(call, keyAt(call, 1));
  if (stream === undefined) return new ErrorReply('ERR no such key');
  const option = optionOf(bytesAt(call, 0));
  if (option === 'GROUPS') {
    const byName = [...stream.groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return byName.map(([name, group]) => groupReply(stream, name, group));
  }
  if (option !== 'STREAM') return syntaxError;
  const { first, last } = stream;
  return new MapReply([
    [bulk('length'), stream.length],
    [bulk('radix-tree-keys'), Math.ceil(stream.length / 100)],
    [bulk('radix-tree-nodes'), Math.ceil(stream.length / 100) + 1],
    [bulk('last-generated-id'), bulk(stream.lastId)],
    [bulk('max-deleted-entry-id'), bulk(stream.maxDeletedId)],
    [bulk('entries-added'), stream.added],
    [bulk('recorded-first-entry-id'), bulk(first?.id ?? zeroId)],
    [bulk('groups'), stream.groups.size],
    [bulk('first-entry'), first === undefined ? null : entryReply(first)],
    [bulk('last-entry'), last === undefined ? null : entryReply(last)],
  ]);
}

function groupReply(stream: Stream, name: string, { lastId, read, pending, consumers }: StreamGroup): Reply {
  const known = read !== undefined && !stream.hasDeletedFrom(lastId) ? read : stream.ordinalOf(lastId);
  return new MapReply([
    [bulk('name'), bytes(name)],
    [bulk('consumers'), consumers.size],
    [bulk('pending'), pending.size],
    [bulk('last-delivered-id'), bulk(lastId)],
    [bulk('entries-read'), read ?? null],
    [bulk('lag'), stream.added === 0 ? 0 : known === undefined ? null : stream.added - known],
  ]);
}

export const streamGroupCommands: CommandTable = {
  xgroup: { arity: -4, run: manage, write: true },
  xreadgroup: { arity: -7, run: readGroup, write: true, frees: true },
  xack: { arity: -4, run: acknowledge, write: true, frees: true },
  xautoclaim: { arity: -6, run: claim, write: true, frees: true },
  xpending: { arity: 3, run: pendingSummary },
  xinfo: { arity: 3, run: inspect },
};
