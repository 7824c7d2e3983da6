import type { PublishDurableOptions } from '../../protocols/redis.js';
import type { RedisCommand } from '../pending-command.js';
import { count, text } from './arguments.js';
import { integer, string, unexpected } from './replies.js';

const defaultMaxLength = 10_000;

export interface StreamEntry {
  readonly id: string;
  /** Null for one that was deleted and not acknowledged. */
  readonly fields: Readonly<Record<string, string>> | null;
}

export interface StreamInfo {
  readonly length: number;
  readonly lastGeneratedId: string;
  readonly firstId: string | undefined;
  readonly lastId: string | undefined;
  /** Ever added; undefined before Redis 7. */
  readonly entriesAdded: number | undefined;
}

export interface GroupInfo {
  readonly name: string;
  readonly lastDeliveredId: string;
  /** Undefined where the server does not know, and before Redis 7. */
  readonly entriesRead: number | undefined;
}

export function xadd(stream: string, message: string, options: PublishDurableOptions): RedisCommand<string> {
  const key = text('publishDurable', 'stream', stream);
  const data = text('publishDurable', 'message', message);
  const { maxLength = defaultMaxLength } = options;
  const trim =
    maxLength === Infinity ? [] : ['MAXLEN', '~', count('publishDurable', 'maxLength', maxLength, 1)];
  return { name: 'xadd', args: [key, ...trim, '*', 'data', data], decode: string };
}

/** The entries from `from` on, itself included. */
export function xrange(stream: string, from: string, limit: number): RedisCommand<StreamEntry[]> {
  return { name: 'xrange', args: [stream, from, '+', 'COUNT', String(limit)], decode: entries };
}

/** Waits until there is an entry after `after`. */
export function xreadBlock(stream: string, after: string, blockMs: number): RedisCommand<unknown> {
  const args = ['COUNT', '1', 'BLOCK', String(blockMs), 'STREAMS', stream, after];
  return { name: 'xread', args, decode: (reply) => reply };
}

export function xinfoStream(stream: string): RedisCommand<StreamInfo> {
  return { name: 'xinfo', args: ['STREAM', stream], decode: streamInfo };
}

export function xinfoGroups(stream: string): RedisCommand<GroupInfo[]> {
  return { name: 'xinfo', args: ['GROUPS', stream], decode: groupInfos };
}

export function xgroupCreate(stream: string, group: string, from: string): RedisCommand<unknown> {
  return { name: 'xgroup', args: ['CREATE', stream, group, from, 'MKSTREAM'], decode: (reply) => reply };
}

/** @param after `>` for entries that no member was given, an id for those given to this one and not acknowledged. */
export function xreadgroup(
  stream: string,
  group: string,
  consumer: string,
  after: string,
  limit: number,
): RedisCommand<StreamEntry[]> {
  const args = ['GROUP', group, consumer, 'COUNT', String(limit), 'STREAMS', stream, after];
  return { name: 'xreadgroup', args, decode: readEntries };
}

export function xack(stream: string, group: string, ids: readonly string[]): RedisCommand<number> {
  return { name: 'xack', args: [stream, group, ...ids], decode: integer };
}

export interface Claimed {
  /** Where to go on; `0-0` at the end. */
  readonly next: string;
  readonly entries: readonly StreamEntry[];
  /** Those of which nothing is left, and which nobody needs to acknowledge any more. */
  readonly deleted: readonly string[];
}

export function xautoclaim(
  stream: string,
  group: string,
  consumer: string,
  idleMs: number,
  from: string,
  limit: number,
): RedisCommand<Claimed> {
  const args = [stream, group, consumer, String(idleMs), from, 'COUNT', String(limit)];
  return { name: 'xautoclaim', args, decode: claimed };
}

function list(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(reply, 'an array');
}

/** Names and values in turns, as maps come in both protocols. */
function pairs(reply: unknown): Map<unknown, unknown> {
  const flat = list(reply);
  const map = new Map<unknown, unknown>();
  for (let index = 0; index + 1 < flat.length; index += 2) map.set(flat[index], flat[index + 1]);
  return map;
}

function entry(reply: unknown): StreamEntry {
  const [id, fields] = list(reply);
  if (fields === null) return { id: string(id), fields };
  return { id: string(id), fields: Object.fromEntries(pairs(fields)) as Record<string, string> };
}

function entries(reply: unknown): StreamEntry[] {
  // Redis 6.2 claims what is deleted as nil.
  return list(reply).flatMap((one) => (one === null ? [] : [entry(one)]));
}

/** Of the one stream that was read: `[[name, entries]]` in RESP2, `[name, entries]` from RESP3's map, nil for none. */
export function readEntries(reply: unknown): StreamEntry[] {
  if (reply === null) return [];
  const [first, second] = list(reply);
  return entries(Array.isArray(first) ? (first as unknown[])[1] : second);
}

export function streamInfo(reply: unknown): StreamInfo {
  const info = pairs(reply);
  return {
    length: integer(info.get('length')),
    lastGeneratedId: string(info.get('last-generated-id')),
    firstId: idOf(info.get('first-entry')),
    lastId: idOf(info.get('last-entry')),
    entriesAdded: optionalInteger(info.get('entries-added')),
  };
}

function idOf(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : entry(value).id;
}

export function groupInfos(reply: unknown): GroupInfo[] {
  return list(reply).map((one) => {
    const info = pairs(one);
    return {
      name: string(info.get('name')),
      lastDeliveredId: string(info.get('last-delivered-id')),
      entriesRead: optionalInteger(info.get('entries-read')),
    };
  });
}

function optionalInteger(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : integer(value);
}

function claimed(reply: unknown): Claimed {
  const [next, found, deleted] = list(reply);
  return {
    next: string(next),
    entries: entries(found).filter(({ fields }) => fields !== null),
    deleted: deleted === undefined ? [] : list(deleted).map(string),
  };
}
