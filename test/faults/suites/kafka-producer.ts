import { randomInt } from 'node:crypto';
import { CannotInstall } from '../../support/servers/install.js';
import { Random } from '../fuzz/random.js';
import type { BrokerFault, BrokerWorld } from '../kafka/broker-world.js';
import { BareKafkaJs, BusClient, type ChaosClient } from '../kafka/clients.js';
import { type DoubleFault, DoubleWorld } from '../kafka/double-world.js';
import { freezeWithoutTraffic } from '../kafka/freeze.js';
import * as mixes from '../kafka/mixes.js';
import { type OpenBrokers, openBrokers, openSecureBroker } from '../kafka/open-brokers.js';
import { drawFaults, type Mix } from '../kafka/plan.js';
import { type ChaosEnd, holds, runChaos } from '../kafka/run-chaos.js';
import type { FaultSuite, Result } from '../suite.js';

interface Size {
  readonly seed: number;
  readonly messages: number;
  readonly callers: number;
  /** How long the messages may take altogether. */
  readonly limitMs: number;
}

/** So short that a swallowed answer is missed soon; the same for every client. */
const requestTimeoutMs = 3_000;
/** Longer than any fault: whatever happens, all can be delivered. */
const deliveryTimeoutMs = 120_000;
/** Of callers that do not wait so long. */
const impatientMs = 1_500;
const impatientMessages = 8_000;
/** For timers on a busy machine. */
const slackMs = 1_000;
const topics = 3;
const partitions = 4;

const only = process.env['CHAOS_ONLY'];
const wants = (id: string): boolean => only === undefined || only === id;

/** KafkaBus, and kafkajs as it comes, while brokers and the network break. */
export const suite: FaultSuite = {
  async *run({ short }) {
    const size: Size = {
      seed: Number(process.env['CHAOS_SEED'] ?? randomInt(1_000_000)),
      messages: short ? 2_000 : 20_000,
      callers: 200,
      limitMs: short ? 60_000 : 300_000,
    };
    const bareSize = { ...size, limitMs: short ? 10_000 : 120_000 };
    const mix = short ? mixes.shortBroker : mixes.broker;
    yield* onDouble({
      'kafka.chaos.wire-double': (id, world) => busOnDouble(id, world, size, short),
      ...(short
        ? {}
        : {
            'kafka.chaos.wire-double.impatient': (id, world) =>
              impatientOnDouble(id, world, { ...size, messages: impatientMessages }),
          }),
      'kafka.freeze.wire-double': freezeDouble,
    });
    yield* onBrokers(() => openBrokers(1), {
      'kafka.chaos': (id, brokers) => busOnBrokers(id, brokers, size, mix),
      ...(short
        ? {}
        : {
            'kafka.chaos.impatient': (id, brokers) =>
              impatientOnBrokers(id, brokers, { ...size, messages: impatientMessages }, mixes.impatient),
            'kafka.freeze': freezeBroker,
          }),
      'kafka.chaos.bare-kafkajs': (id, brokers) => bareOnBrokers(id, brokers, bareSize, mix),
    });
    if (short) return;
    yield* onBrokers(() => openBrokers(3), {
      'kafka.chaos.three-brokers': (id, brokers) => busOnBrokers(id, brokers, size, mixes.cluster),
    });
    yield* onBrokers(openSecureBroker, {
      'kafka.chaos.sasl-ssl': (id, brokers) => busOnBrokers(id, brokers, size, mix),
    });
  },
};

type Try = (id: string, brokers: OpenBrokers) => Promise<Result>;

/** The results of the tries that are wanted, by id, or that they are not run here for want of a broker. */
async function* onBrokers(
  open: () => Promise<OpenBrokers>,
  tries: Readonly<Record<string, Try>>,
): AsyncIterable<Result> {
  const wanted = Object.entries(tries).filter(([id]) => wants(id));
  if (wanted.length === 0) return;
  let brokers: OpenBrokers;
  try {
    brokers = await open();
  } catch (error) {
    if (!(error instanceof CannotInstall) || process.env['CI'] === 'true') throw error;
    for (const [id] of wanted) yield { id, ok: true, skipped: error.message };
    return;
  }
  try {
    for (const [id, run] of wanted) yield await run(id, brokers);
  } finally {
    await brokers[Symbol.asyncDispose]();
  }
}

/** Runs a client through the faults of a mix, on topics of its own. */
async function chaosOnBrokers(
  { world }: OpenBrokers,
  client: ChaosClient,
  { seed, limitMs, messages, callers }: Size,
  mix: Mix<BrokerFault>,
): Promise<ChaosEnd> {
  const names = await world.createTopics(topics, partitions);
  const faults = drawFaults(new Random(seed), mix, messages);
  return runChaos({ world, client, faults, limitMs, load: { messages, callers, topics: names } });
}

async function busOnBrokers(
  id: string,
  brokers: OpenBrokers,
  size: Size,
  mix: Mix<BrokerFault>,
): Promise<Result> {
  const { world, security } = brokers;
  const servers = { bootstrapServers: world.brokers, ...security };
  const client = new BusClient({ ...servers, requestTimeoutMs, deliveryTimeoutMs });
  const end = await chaosOnBrokers(brokers, client, size, mix);
  return { id, ok: holds(end) && end.acknowledged === end.messages, seed: size.seed, ...end };
}

/** The results of the tries that are wanted, each on a double of its own. */
async function* onDouble(
  tries: Readonly<Record<string, (id: string, world: DoubleWorld) => Promise<Result>>>,
): AsyncIterable<Result> {
  for (const [id, run] of Object.entries(tries)) {
    if (!wants(id)) continue;
    await using world = await DoubleWorld.open();
    yield await run(id, world);
  }
}

async function chaosOnDouble(
  world: DoubleWorld,
  client: ChaosClient,
  { seed, limitMs, messages, callers }: Size,
  mix: Mix<DoubleFault>,
): Promise<ChaosEnd> {
  const faults = drawFaults(new Random(seed), mix, messages);
  const end = await runChaos({
    world,
    client,
    faults,
    limitMs,
    load: { messages, callers, topics: world.topics },
  });
  return { ...end, violations: world.violations };
}

/** A delivery timeout shorter than many faults, and callers that leave: publishes fail, and what is said of them is true. */
function impatientBus(bootstrapServers: readonly string[]): BusClient {
  const settings = {
    bootstrapServers,
    requestTimeoutMs: 1_000,
    deliveryTimeoutMs: impatientMs,
    maxBlockMs: 500,
    maxBufferedBytes: 100_000,
  };
  return new BusClient(settings, ({ number }) =>
    number % 5 === 0 ? AbortSignal.timeout(1 + ((number * 7) % 300)) : undefined,
  );
}

function impatientResult(id: string, seed: number, end: ChaosEnd): Result {
  const inTime = end.slowest_ms <= impatientMs + slackMs;
  return { id, ok: holds(end) && inTime && end.acknowledged > 0, seed, ...end };
}

async function impatientOnBrokers(
  id: string,
  brokers: OpenBrokers,
  size: Size,
  mix: Mix<BrokerFault>,
): Promise<Result> {
  const client = impatientBus(brokers.world.brokers);
  const end = await chaosOnBrokers(brokers, client, size, mix);
  return impatientResult(id, size.seed, end);
}

/** What others lose is told, and is no failure of ours. */
async function bareOnBrokers(
  id: string,
  brokers: OpenBrokers,
  size: Size,
  mix: Mix<BrokerFault>,
): Promise<Result> {
  const client = new BareKafkaJs(brokers.world.brokers, requestTimeoutMs);
  return { id, ok: true, seed: size.seed, ...(await chaosOnBrokers(brokers, client, size, mix)) };
}

async function busOnDouble(id: string, world: DoubleWorld, size: Size, short: boolean): Promise<Result> {
  const servers = { bootstrapServers: world.brokers };
  const client = new BusClient({ ...servers, requestTimeoutMs: 1_000, deliveryTimeoutMs });
  const end = await chaosOnDouble(world, client, size, short ? mixes.shortDouble : mixes.double);
  const ok = holds(end) && end.acknowledged === end.messages && end['violations'] === 0;
  return { id, ok, seed: size.seed, ...end };
}

async function impatientOnDouble(id: string, world: DoubleWorld, size: Size): Promise<Result> {
  const end = await chaosOnDouble(world, impatientBus(world.brokers), size, mixes.impatientDouble);
  return impatientResult(id, size.seed, end);
}

async function freezeBroker(id: string, { world }: OpenBrokers): Promise<Result> {
  const [topic = ''] = await world.createTopics(1, partitions);
  return frozen(id, world, topic);
}

function freezeDouble(id: string, world: DoubleWorld): Promise<Result> {
  return frozen(id, world, world.topics[0] ?? '');
}

function frozen(id: string, world: DoubleWorld | BrokerWorld, topic: string): Promise<Result> {
  return freezeWithoutTraffic(id, {
    brokers: world.brokers,
    topic,
    freeze: () => world.freeze(),
    thaw: () => world.thaw(),
    read: () => world.read(topic),
  });
}
