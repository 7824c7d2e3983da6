import type { RedisCommand } from '../pending-command.js';
import { count, text, texts, ttl } from './arguments.js';
import { flag, integer, unexpected } from './replies.js';

export function deleteKey(key: string): RedisCommand<number> {
  return { name: 'del', args: [text('deleteKey', 'key', key)], decode: integer, queued: 0 };
}

export function deleteKeys(...keys: string[]): RedisCommand<number> {
  return { name: 'del', args: texts('delete', 'key', keys), decode: integer, queued: 0 };
}

export function exists(...keys: string[]): RedisCommand<number> {
  return { name: 'exists', args: texts('exists', 'key', keys), decode: integer };
}

export function expire(key: string, ttlSeconds: number): RedisCommand<boolean> {
  const args = [text('expire', 'key', key), ttl('expire', ttlSeconds)];
  return { name: 'expire', args, decode: flag, queued: true };
}

export function timeToLive(key: string): RedisCommand<number> {
  return { name: 'ttl', args: [text('ttl', 'key', key)], decode: integer };
}

export function persist(key: string): RedisCommand<boolean> {
  return { name: 'persist', args: [text('persist', 'key', key)], decode: flag, queued: true };
}

export interface ScanStep {
  /** `0` after the last step. A number up to 2^64, so a string. */
  readonly cursor: string;
  readonly keys: readonly string[];
}

/** Keys looked at in one step: enough to be quick, few enough that other clients are not held up. */
const defaultScanCount = 500;

export function scanStep(
  cursor: string,
  pattern: string,
  keysPerStep: number = defaultScanCount,
): RedisCommand<ScanStep> {
  const looked = count('scan', 'count', keysPerStep, 1);
  const args = [cursor, 'MATCH', text('scan', 'pattern', pattern), 'COUNT', looked];
  return { name: 'scan', args, decode: decodeScan };
}

function decodeScan(reply: unknown): ScanStep {
  if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw unexpected(reply, 'a cursor and keys');
  return { cursor: String(reply[0]), keys: reply[1] as string[] };
}
