import { type ConsumerOptions, silentLogger } from '../../../src/index.js';

/** Of a port that joins the group `desk`, and finds soon what goes wrong. */
export const memberOptions: ConsumerOptions = {
  clientId: 'test',
  groupId: 'desk',
  autoOffsetReset: 'earliest',
  sessionTimeoutMs: 6_000,
  revokeTimeoutMs: 3_000,
  connectTimeoutMs: 1_000,
  requestTimeoutMs: 1_000,
  retryBackoffMs: 20,
  logger: silentLogger,
};
