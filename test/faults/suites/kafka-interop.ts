import { Kafka, logLevel } from 'kafkajs';
import { pythonOfOriginal } from '../../support/python.js';
import { CannotInstall } from '../../support/servers/install.js';
import { type RunningKafka, startKafka } from '../../support/servers/kafka-server.js';
import { anyTopic, gradedTopic } from '../kafka-interop/events.js';
import { fromPython } from '../kafka-interop/from-python.js';
import { toPython } from '../kafka-interop/to-python.js';
import type { FaultSuite, Result } from '../suite.js';
import { createTopics } from '../../support/kafka/topics.js';

const id = 'kafka.interop.python';
const pythonTopic = 'interop-python';
const partitions = { [gradedTopic]: 6, [anyTopic]: 12, [pythonTopic]: 5 };

/** The original's client and models, and slipway's, on one Kafka: each reads what the other wrote. */
export const suite: FaultSuite = {
  async *run({ short }) {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_007);
    let python: string;
    let server: RunningKafka;
    try {
      python = await pythonOfOriginal();
      server = await startKafka();
    } catch (error) {
      if (!(error instanceof CannotInstall)) throw error;
      yield { id, ok: true, skipped: error.message };
      return;
    }
    await using _ = server;
    yield await speakWithPython(python, server.bootstrapServers, short ? 500 : 20_000, seed);
  },
};

async function speakWithPython(
  python: string,
  bootstrapServers: string,
  count: number,
  seed: number,
): Promise<Result> {
  await makeTopics(bootstrapServers);
  const there = await toPython(python, bootstrapServers, partitions, count, seed);
  const back = await fromPython(python, bootstrapServers, pythonTopic, partitions[pythonTopic], count, seed);
  const isWhole = there.validated === count && back.handled === count;
  return {
    id,
    ok: isWhole && there.count + back.count === 0,
    published: count,
    validated_by_python: there.validated,
    published_by_python: count,
    handled: back.handled,
    differences: there.count + back.count,
    seed,
    first: there.first ?? back.first,
  };
}

async function makeTopics(bootstrapServers: string): Promise<void> {
  const kafka = new Kafka({ clientId: 'interop', brokers: [bootstrapServers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = Object.entries(partitions).map(([topic, numPartitions]) => ({ topic, numPartitions }));
    await createTopics(admin, topics);
  } finally {
    await admin.disconnect();
  }
}
