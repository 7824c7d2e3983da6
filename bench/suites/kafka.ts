import { type BenchKafka, startBenchKafka } from '../kafka/bench-kafka.js';
import { consumeContenders, fill } from '../kafka/consume.js';
import { idleCpu } from '../kafka/idle.js';
import { type Link, publishContender, startProcess, startPublishers } from '../kafka/publish.js';
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
    yield* consuming(kafka, options);
    yield* idling(kafka, options);
    yield* memory(kafka, options);
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

/**
 * Some publish one message after the other: a thousand callers and a long way leave time for few rounds. One caller makes so
 * few calls that Node, and the broker's Java too, take seconds to compile what they run.
 */
function raceOf({ quick }: SuiteOptions, link: Link, callers: number): RaceOptions {
  if (quick) return { rounds: 3, sliceMs: 30, warmUpMs: 50 };
  if (callers === 1) return { rounds: 25, sliceMs: 200, warmUpMs: link === 'rtt2ms' ? 8_000 : 4_000 };
  if (link === 'rtt2ms' && callers === 1000) return { rounds: 7, sliceMs: 200, warmUpMs: 500 };
  return { rounds: 15, sliceMs: 200, warmUpMs: 1_000 };
}

async function* consuming(kafka: BenchKafka, { quick }: SuiteOptions): AsyncIterable<Figure> {
  const topic = 'consume';
  const count = quick ? 5_000 : 60_000;
  await kafka.createTopic(topic, true);
  await fill(kafka.servers.loopback, topic, count);
  await using slipway = await startProcess('consumers/slipway', kafka, topic);
  await using kafkajs = await startProcess('consumers/kafkajs', kafka, topic);
  // The first time of each is its warm-up, which a turn of no length ends.
  const rounds = { rounds: quick ? 2 : 9, sliceMs: 0, warmUpMs: 0 };
  const laps = await race(consumeContenders({ slipway, kafkajs }, count), rounds);
  yield gain('kafka.consume/kafkajs', laps, 'kafkajs', '>=0.9');
  yield figure('kafka.consume.ns', summarize(lapsOf(laps, 'slipway').map((ns) => ns / count)), 'ns');
}

async function* idling(kafka: BenchKafka, { quick }: SuiteOptions): AsyncIterable<Figure> {
  await using publishers = await startPublishers(kafka, 'loopback', ['slipway', 'kafkajs']);
  const shares = await idleCpu(publishers.all, quick ? { rounds: 2, ms: 500 } : { rounds: 7, ms: 3_000 });
  yield figure('kafka.idle.cpu/kafkajs', summarize(ratios(...shares)), 'ratio', '<=0.2');
}

async function* memory(kafka: BenchKafka, { quick }: SuiteOptions): AsyncIterable<Figure> {
  await kafka.createTopic('memory');
  const count = quick ? 20_000 : 2_000_000;
  for (const question of [`grow ${count} 1000`, `burst ${quick ? 5_000 : 50_000}`]) {
    await using publisher = await startProcess('publishers/slipway-memory', kafka, 'memory');
    const value = await publisher.ask(question);
    const rss = await publisher.ask('rss');
    if (question.startsWith('grow')) {
      yield single('kafka.publish.growth-mb', value, 'MB', '<=5');
      yield single('kafka.publish.rss-mb', rss, 'MB');
    } else {
      yield single('kafka.publish.50000-at-once/buffer-limit', value, 'ratio', '<=1');
      yield single('kafka.publish.50000-at-once.rss-mb', rss, 'MB');
    }
  }
}

function single(id: string, value: number, unit: Figure['unit'], goal?: string): Figure {
  const { spread: _, ...rest } = figure(id, summarize([value]), unit, goal);
  return rest;
}

/** slipway's cost over another's. */
function cost(id: string, laps: Laps, other: string, goal?: string): Figure {
  return figure(id, summarize(ratios(lapsOf(laps, 'slipway'), lapsOf(laps, other))), 'ratio', goal);
}

/** Another's cost over slipway's. */
function gain(id: string, laps: Laps, other: string, goal?: string): Figure {
  return figure(id, summarize(ratios(lapsOf(laps, other), lapsOf(laps, 'slipway'))), 'times faster', goal);
}
