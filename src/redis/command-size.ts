import type { RedisEndpoint } from './endpoint.js';
import { valueTooLarge } from './failures.js';
import type { RedisCommand } from './pending-command.js';

/**
 * The driver would encode any number of bytes, and hold up everything else of the process for as long.
 * @throws RedisError SLIPWAY_REDIS_VALUE_TOO_LARGE.
 */
export function assertSize(
  endpoint: RedisEndpoint,
  operation: string,
  { args }: RedisCommand<unknown>,
): void {
  const { maxValueBytes } = endpoint;
  let units = 0;
  for (const arg of args) units += arg.length;
  // A UTF-16 unit takes up to 3 bytes of UTF-8, so most commands need no counting.
  if (units * 3 <= maxValueBytes) return;
  let bytes = 0;
  for (const arg of args) bytes += Buffer.byteLength(arg);
  if (bytes > maxValueBytes) throw valueTooLarge(endpoint, operation, bytes);
}
