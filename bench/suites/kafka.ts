import { type BenchKafka, startBenchKafka } from '../kafka/bench-kafka.js';
import { type Link, publishContender, startPublishers } from '../kafka/publish.js';
import { type Figure, figure } from '../measure/figure.js';
import { type Laps, lapsOf, race, type RaceOptions } from '../measure/race.js';
import { ratios, summarize } from '../measure/statistics.js';
import type { Suite, SuiteOptions } from '../suite.js';

const callerCounts = [1, 10, 100, 1000] as const;
const links: readonly Link[] = ['loopback', 'rtt2ms'];
const peers = ['kafkajs', 'platformatic', 'aiokafka'] as const;

/** slipway's Kafka clients against others, on a real broker that the suite starts: docs/benchmarks.md. */
export const suite: Suite = {
  needsPeers: false,
  async *figures(options) {
    await using kafka = await startBenchKafka();
    for (const link of links) yield* publishing(kafka, link, options);
  },
};

const goals: Readonly<Record<string, string>> = {
  '1.loopback/kafkajs': '<=1.1',
  '1.rtt2ms/kafkajs': '<=1.1',
  '100.loopback/kafkajs': '>=5',
  '100.rtt2ms/kafkajs': '>=25',
};

async function* publishing(kafka: BenchKafka, link: Link, options: SuiteOptions): AsyncIterable<Figure> {
  await using publishers = await startPublishers(kafka, link, ['slipway', ...peers]);
  for (const why of publishers.missing) console.error(`NOT RUN: ${why}`);
  for (const callers of callerCounts) {
    const contenders = publishers.all.map((publisher) => publishContender(publisher, callers));
    const laps = await race(contenders, raceOf(options, link, callers));
    for (const peer of peers) {
      if (!laps.has(peer)) continue;
      const what = `${callers}.${link}/${peer}`;
      const goal = peer === 'aiokafka' ? '>=1' : goals[what];
      const id = `kafka.publish.${what}`;
      yield callers === 1 && peer !== 'aiokafka' ? cost(id, laps, peer, goal) : gain(id, laps, peer, goal);
    }
    const perMessage = lapsOf(laps, 'slipway').map((ns) => ns / callers);
    yield figure(`kafka.publish.${callers}.${link}.ns`, summarize(perMessage), 'ns');
  }
}

/** Some publish one message after the other: a thousand callers and a long way leave time for few rounds. */
function raceOf({ quick }: SuiteOptions, link: Link, callers: number): RaceOptions {
  if (quick) return { rounds: 3, sliceMs: 30, warmUpMs: 50 };
  const isSlow = link === 'rtt2ms' && callers === 1000;
  return { rounds: isSlow ? 7 : 15, sliceMs: 200, warmUpMs: isSlow ? 500 : 1_000 };
}

/** slipway's cost over another's. */
function cost(id: string, laps: Laps, other: string, goal?: string): Figure {
  return figure(id, summarize(ratios(lapsOf(laps, 'slipway'), lapsOf(laps, other))), 'ratio', goal);
}

/** Another's cost over slipway's. */
function gain(id: string, laps: Laps, other: string, goal?: string): Figure {
  return figure(id, summarize(ratios(lapsOf(laps, other), lapsOf(laps, 'slipway'))), 'times faster', goal);
}
