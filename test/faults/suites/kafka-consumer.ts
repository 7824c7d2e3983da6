import { type Blow, runChaos } from '../kafka-consumer/chaos.js';
import { startCluster } from '../kafka-consumer/cluster.js';
import { startDouble } from '../kafka-consumer/double.js';
import type { FaultSuite } from '../suite.js';

const allBlows: readonly Blow[] = [
  { at: 0.05, what: 'kill' },
  { at: 0.12, what: 'leave' },
  { at: 0.2, what: 'kill-brokers' },
  { at: 0.3, what: 'freeze' },
  { at: 0.38, what: 'join' },
  { at: 0.45, what: 'kill' },
  { at: 0.5, what: 'kill' },
  { at: 0.58, what: 'stop-brokers' },
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

/** On the double, what a real broker does not do on demand comes between. */
function withHurts(blows: readonly Blow[]): readonly Blow[] {
  const hurts = ['lose-joins', 'move-leaders', 'lose-commits', 'cut'] as const;
  return blows.flatMap((blow, index) => [
    blow,
    { at: blow.at + 0.02, what: hurts[index % hurts.length] ?? 'cut' },
    { at: blow.at + 0.03, what: hurts[(index + 1) % hurts.length] ?? 'cut' },
  ]);
}

/** Consumers that come, go and are killed: everything is handled, its effect happens once, each key in its order. */
export const suite: FaultSuite = {
  async *run({ short }) {
    const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
    const size = {
      messages: short ? 1_500 : 20_000,
      keys: short ? 40 : 200,
      partitions: short ? 4 : 6,
      members: short ? 2 : 3,
      sessionTimeoutMs: short ? 3_000 : 6_000,
      seed,
    };
    const blows = short ? fewBlows : allBlows;
    {
      await using cluster = await startCluster();
      yield await runChaos({ id: 'kafka.consumer.chaos', cluster, blows, ...size });
    }
    await using double = await startDouble();
    const id = 'kafka.consumer.chaos.wire-double';
    const result = await runChaos({ id, cluster: double, blows: withHurts(blows), ...size });
    const [violation] = double.violations;
    yield { ...result, ok: result.ok && violation === undefined, violation };
  },
};
