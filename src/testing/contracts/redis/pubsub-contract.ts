import type { RedisPubSubProtocol } from '../../../protocols/redis.js';
import { type ContractTest, contractTests, type Open } from '../contract.js';
import { channelTests } from './channels.js';
import { streamTests } from './streams.js';

/**
 * What everyone who stands for RedisPubSubProtocol has to do: channels, patterns, shard channels, streams and groups.
 * Streams stay on the server, under names of their own.
 *
 *     for (const { title, run } of redisPubSubContract(open)) it(title, run);
 */
export function redisPubSubContract(open: Open<RedisPubSubProtocol>): readonly ContractTest[] {
  return contractTests(open, { ...channelTests, ...streamTests });
}
