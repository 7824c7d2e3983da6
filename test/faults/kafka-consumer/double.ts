import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import type { Cluster } from './cluster.js';

const brokers = 2;
/** So many commits in turn are taken and not answered. */
const lostCommits = 3;
/** And so many requests to join. */
const lostJoins = 2;

/** Two brokers of the wire double, which break in ways that a real one does not on demand. */
export async function startDouble(): Promise<Cluster & { readonly violations: readonly string[] }> {
  const double = await KafkaWireDouble.start({ brokers });
  const partitionsOf = new Map<string, number>();
  return {
    bootstrapServers: double.bootstrapServers,
    violations: double.violations,
    createTopic(topic, partitions) {
      partitionsOf.set(topic, partitions);
      double.createTopic(topic, partitions);
      return Promise.resolve();
    },
    progress(topic, groupId) {
      const records = double.records(topic);
      const all = Array.from({ length: partitionsOf.get(topic) ?? 0 }, (_, partition) => ({
        partition,
        end: BigInt(records.filter((each) => each.partition === partition).length),
        committed: double.consuming.coordinator.committed(groupId, topic, partition),
      }));
      return Promise.resolve(all);
    },
    read: (topic) => Promise.resolve(double.records(topic)),
    kill: () => double.refuse(),
    stop: () => double.refuse(),
    start: () => double.listen(),
    hurt(what) {
      if (what === 'cut') double.cutSockets();
      if (what === 'lose-commits') double.consuming.coordinator.commitsToLose = lostCommits;
      if (what === 'lose-joins') double.consuming.coordinator.joinsToLose = lostJoins;
      if (what === 'move-leaders') double.moveLeaders();
    },
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  };
}
