import { type Blow, runChaos } from '../kafka-consumer/chaos.js';
import { startCluster } from '../kafka-consumer/cluster.js';
import type { FaultSuite } from '../suite.js';

const allBlows: readonly Blow[] = [
  { at: 0.05, what: 'kill' },
  { at: 0.12, what: 'leave' },
  { at: 0.2, what: 'kill-brokers' },
  { at: 0.3, what: 'freeze' },
  { at: 0.38, what: 'join' },
  { at: 0.45, what: 'kill' },
  { at: 0.5, what: 'kill' },
  { at: 0.58, what: 'restart-brokers' },
  { at: 0.66, what: 'leave' },
  { at: 0.72, what: 'kill-brokers' },
  { at: 0.8, what: 'kill' },
  { at: 0.9, what: 'leave' },
];
const fewBlows: readonly Blow[] = [
  { at: 0.2, what: 'kill' },
  { at: 0.5, what: 'kill-brokers' },
  { at: 0.8, what: 'leave' },
];

/** Consumers that come, go and are killed: everything is handled, its effect happens once, each key in its order. */
export const suite: FaultSuite = {
  async *run({ short }) {
    const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
    await using cluster = await startCluster();
    yield await runChaos({
      id: 'kafka.consumer.chaos',
      cluster,
      messages: short ? 1_500 : 20_000,
      keys: short ? 40 : 200,
      partitions: short ? 4 : 6,
      members: short ? 2 : 3,
      sessionTimeoutMs: short ? 3_000 : 6_000,
      blows: short ? fewBlows : allBlows,
      seed,
    });
  },
};
