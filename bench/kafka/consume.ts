import { KafkaBus } from '../../src/index.js';
import type { Contender } from '../measure/race.js';
import type { BenchProcess } from './bench-process.js';
import { envelope, keyOf } from './sample.js';

/** Publishes what is to be consumed. */
export async function fill(servers: string, topic: string, count: number): Promise<void> {
  await using bus = new KafkaBus({ clientId: 'bench-fill', bootstrapServers: servers });
  await bus.start();
  const numbers = Array.from({ length: count }, (_, number) => number);
  // As many at a time as a default buffer takes in at once.
  for (let from = 0; from < count; from += 10_000) {
    const some = numbers.slice(from, from + 10_000);
    await Promise.all(some.map((number) => bus.publish(topic, envelope(), { key: keyOf(number) })));
  }
}

/** The work is to handle all of the topic, each time in a new group. */
export function consumeContenders(
  consumers: Readonly<Record<string, BenchProcess>>,
  count: number,
): readonly Contender[] {
  return Object.entries(consumers).map(([name, consumer]) => ({
    name,
    run: () => Promise.reject(new Error('It times itself.')),
    timed: async (times) => {
      let elapsedMs = 0;
      for (let left = times; left > 0; left -= 1) elapsedMs += await consumer.ask(`consume ${count}`);
      return elapsedMs;
    },
  }));
}
