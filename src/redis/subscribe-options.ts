import { RedisError } from '../errors/redis-error.js';
import type { DurableOptions, GroupOptions, SubscribeOptions } from '../protocols/redis.js';
import { text } from './commands/arguments.js';
import { parseStreamId } from './stream-id.js';
import type { QueueLimits } from './subscription.js';

const defaultCapacity = 1000;
const defaultCapacityBytes = 16 * 2 ** 20;
const policies = ['drop-oldest', 'error', 'disconnect'] as const;
const defaultBatch = 100;
const largestBatch = 10_000;
const defaultClaimAfterMs = 60_000;
const defaultMaxUnacknowledged = 1000;

/** @throws RedisError SLIPWAY_REDIS_ARGUMENT, as all of these. */
export function queueLimits(options: SubscribeOptions): QueueLimits {
  const { overflow = 'drop-oldest' } = options;
  if (!policies.includes(overflow))
    throw invalid('subscribe', 'overflow', `must be one of ${policies.join(', ')}`);
  return {
    capacity: whole('subscribe', 'capacity', options.capacity ?? defaultCapacity),
    capacityBytes: whole('subscribe', 'capacityBytes', options.capacityBytes ?? defaultCapacityBytes),
    overflow,
  };
}

export function durableOptions(options: DurableOptions): { readonly batch: number; readonly from: string } {
  return {
    batch: whole('subscribeDurable', 'batch', options.batch ?? defaultBatch, largestBatch),
    from: place('subscribeDurable', options.from ?? '$'),
  };
}

export function groupOptions(options: GroupOptions) {
  const command = 'subscribeGroup';
  return {
    group: nonEmpty(command, 'group', options.group),
    consumer: nonEmpty(command, 'consumer', options.consumer),
    batch: whole(command, 'batch', options.batch ?? defaultBatch, largestBatch),
    from: place(command, options.from ?? '0'),
    claimAfterMs: whole(command, 'claimAfterMs', options.claimAfterMs ?? defaultClaimAfterMs),
    maxUnacknowledged: whole(
      command,
      'maxUnacknowledged',
      options.maxUnacknowledged ?? defaultMaxUnacknowledged,
    ),
  };
}

function whole(command: string, name: string, value: unknown, max = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max)
    return value as number;
  const limit = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${max}`;
  throw invalid(command, name, `must be a whole number of at least 1${limit}`);
}

function nonEmpty(command: string, name: string, value: unknown): string {
  if (text(command, name, value) !== '') return value as string;
  throw invalid(command, name, 'must not be empty');
}

function place(command: string, value: unknown): string {
  const from = text(command, 'from', value);
  const id = from === '$' ? from : parseStreamId(from);
  if (id !== undefined) return id;
  throw invalid(command, 'from', "must be '$', '0' or the id of an entry such as '1526919030474-55'");
}

function invalid(command: string, argument: string, must: string): RedisError {
  return new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: `${command}: ${argument} ${must}.`,
    context: { command, argument },
  });
}
