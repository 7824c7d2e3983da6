import type { RedisEndpoint } from '../endpoint.js';
import { crossSlot } from './failures.js';
import type { RedisCommand } from '../pending-command.js';
import { keySlot } from './key-slot.js';

/** Commands of slipway's that name no key, and so may be sent to any server. */
const keyless: ReadonlySet<string> = new Set([
  'ping',
  'publish',
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'script',
  'scan',
  'unwatch',
  'multi',
  'exec',
  'client',
  'hello',
  'select',
]);
const allKeys: ReadonlySet<string> = new Set([
  'del',
  'exists',
  'mget',
  'watch',
  'ssubscribe',
  'sunsubscribe',
]);

/** The keys among the arguments of a command. */
export function keysOf({ name, args }: Pick<RedisCommand<unknown>, 'name' | 'args'>): readonly string[] {
  if (keyless.has(name)) return [];
  if (allKeys.has(name)) return args;
  switch (name) {
    case 'mset':
      return args.filter((_, index) => index % 2 === 0);
    case 'blpop':
      return args.slice(0, -1);
    case 'eval':
    case 'evalsha':
      return args.slice(2, 2 + Number(args[1]));
    case 'xread':
    case 'xreadgroup': {
      const streams = args.slice(args.findIndex((arg) => arg.toUpperCase() === 'STREAMS') + 1);
      return streams.slice(0, streams.length / 2);
    }
    case 'xgroup':
    case 'xinfo':
      return args.slice(1, 2);
    default:
      return args.slice(0, 1);
  }
}

/**
 * The one slot of all `keys`; undefined if there are none.
 * @throws RedisError SLIPWAY_REDIS_CROSS_SLOT.
 */
export function sharedSlot(
  endpoint: Pick<RedisEndpoint, 'clientId' | 'address'>,
  operation: string,
  keys: readonly string[],
): number | undefined {
  const [first] = keys;
  if (first === undefined) return undefined;
  const slot = keySlot(first);
  const other = keys.find((key) => keySlot(key) !== slot);
  if (other !== undefined) throw crossSlot(endpoint, operation, first, other);
  return slot;
}
