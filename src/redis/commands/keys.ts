import type { RedisCommand } from '../pending-command.js';
import { text } from './arguments.js';
import { integer, unexpected } from './replies.js';

export function deleteKey(key: string): RedisCommand<number> {
  return { name: 'del', args: [text('deleteKey', 'key', key)], decode: integer };
}

export interface ScanStep {
  /** `0` after the last step. A number up to 2^64, so a string. */
  readonly cursor: string;
  readonly keys: readonly string[];
}

/** Keys looked at in one step: about 0.2 ms of the server's time, so that other clients are not held up. */
const scanCount = '500';

export function scanStep(cursor: string, pattern: string): RedisCommand<ScanStep> {
  const args = [cursor, 'MATCH', text('scanPattern', 'pattern', pattern), 'COUNT', scanCount];
  return { name: 'scan', args, decode: decodeScan };
}

function decodeScan(reply: unknown): ScanStep {
  if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw unexpected(reply, 'a cursor and keys');
  return { cursor: String(reply[0]), keys: reply[1] as string[] };
}
