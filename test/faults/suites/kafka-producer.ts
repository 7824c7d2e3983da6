import { CannotInstall } from '../../support/servers/install.js';
import { BareKafkaJs, BusClient, type Patience } from '../kafka/clients.js';
import { DoubleWorld } from '../kafka/double-world.js';
import { type OpenBrokers, openBrokers, openSecureBroker } from '../kafka/open-brokers.js';
import { brokerMix, clusterMix, doubleMix, shortBrokerMix, shortDoubleMix } from '../kafka/mixes.js';
import { drawFaults, type Mix } from '../kafka/plan.js';
import { holds, runChaos } from '../kafka/run-chaos.js';
import type { BrokerFault } from '../kafka/broker-world.js';
import { Random } from '../fuzz/random.js';
import type { FaultSuite, Result } from '../suite.js';

/** So short that a swallowed answer is found soon; the same for every client. */
const requestTimeoutMs = 3_000;
/** Longer than any fault: whatever happens, all can be delivered. */
const deliveryTimeoutMs = 120_000;
const topics = 3;
const partitions = 4;

interface Size {
  readonly messages: number;
  readonly callers: number;
  readonly limitMs: number;
  readonly seed: number;
}

/** KafkaBus, and kafkajs as it comes, while brokers and the network break. */
export const suite: FaultSuite = {
  async *run({ short }) {
    const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
    const size: Size = short
      ? { messages: 2_000, callers: 200, limitMs: 40_000, seed }
      : { messages: 20_000, callers: 200, limitMs: 300_000, seed };
    yield await onDouble('kafka.chaos.wire-double', size, short ? shortDoubleMix : doubleMix);
    yield* withBrokers(
      'kafka.chaos',
      () => openBrokers(1),
      async function* (brokers) {
        const mix = short ? shortBrokerMix : brokerMix;
        yield await onBrokers('kafka.chaos', brokers, size, mix);
        yield await bareOnBrokers(brokers, { ...size, limitMs: short ? 20_000 : 150_000 }, mix);
      },
    );
    if (short) return;
    yield* withBrokers(
      'kafka.chaos.three-brokers',
      () => openBrokers(3),
      async function* (brokers) {
        yield await onBrokers('kafka.chaos.three-brokers', brokers, size, clusterMix);
      },
    );
    yield* withBrokers('kafka.chaos.sasl-ssl', openSecureBroker, async function* (brokers) {
      yield await onBrokers('kafka.chaos.sasl-ssl', brokers, size, brokerMix);
    });
  },
};

/** The results of `run`, or that it is not run here for want of a broker. */
async function* withBrokers(
  id: string,
  open: () => Promise<OpenBrokers>,
  run: (brokers: OpenBrokers) => AsyncIterable<Result>,
): AsyncIterable<Result> {
  let brokers: OpenBrokers;
  try {
    brokers = await open();
  } catch (error) {
    if (!(error instanceof CannotInstall) || process.env['CI'] === 'true') throw error;
    yield { id, ok: true, skipped: error.message };
    return;
  }
  try {
    yield* run(brokers);
  } finally {
    await brokers[Symbol.asyncDispose]();
  }
}

async function onBrokers(
  id: string,
  { world, security }: OpenBrokers,
  { seed, limitMs, ...load }: Size,
  mix: Mix<BrokerFault>,
  patience?: Patience,
): Promise<Result> {
  const names = await world.createTopics(topics, partitions);
  const client = new BusClient(
    { bootstrapServers: world.brokers, ...security, requestTimeoutMs, deliveryTimeoutMs },
    patience,
  );
  const faults = drawFaults(new Random(seed), mix, load.messages);
  const end = await runChaos({ world, client, faults, load: { ...load, topics: names }, limitMs });
  return { id, ok: holds(end), seed, ...end };
}

async function bareOnBrokers(
  { world }: OpenBrokers,
  { seed, limitMs, ...load }: Size,
  mix: Mix<BrokerFault>,
): Promise<Result> {
  const names = await world.createTopics(topics, partitions);
  const client = new BareKafkaJs(world.brokers, requestTimeoutMs);
  const faults = drawFaults(new Random(seed), mix, load.messages);
  const end = await runChaos({ world, client, faults, load: { ...load, topics: names }, limitMs });
  // What others lose is told and no failure of ours.
  return { id: 'kafka.chaos.bare-kafkajs', ok: true, seed, ...end };
}

async function onDouble(
  id: string,
  { seed, limitMs, ...load }: Size,
  mix: typeof doubleMix,
): Promise<Result> {
  await using world = await DoubleWorld.open();
  const client = new BusClient({
    bootstrapServers: world.brokers,
    requestTimeoutMs: 1_000,
    deliveryTimeoutMs,
  });
  const faults = drawFaults(new Random(seed), mix, load.messages);
  const end = await runChaos({ world, client, faults, load: { ...load, topics: world.topics }, limitMs });
  const { violations } = world;
  return { id, ok: holds(end) && violations === 0, seed, ...end, violations };
}
