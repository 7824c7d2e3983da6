import { randomUUID } from 'node:crypto';
import { createEnvelope } from '../../events/create-envelope.js';
import type { ConsumerPort, ConsumerRecord } from '../../kafka/consumer-port.js';
import { KafkaBus } from '../../kafka/kafka-bus.js';
import type { ClusterDescription, KafkaDriver } from '../../kafka/producer-port.js';
import type { PublishResult } from '../../protocols/kafka.js';
import { silentLogger } from '../../protocols/logger.js';
import type { KafkaSettings } from '../../protocols/settings.js';
import { clusterOf } from './cluster-of.js';
import { explainKafka, timeoutFix } from './kafka-faults.js';
import type { CheckRun, Failed, Outcome } from './run.js';

/** What the message that is written says it is. */
const checkEventType = 'slipway.check';

/** A topic, a message written to it, and the same message read back from where it was written. */
export async function checkTopic(
  run: CheckRun,
  settings: KafkaSettings,
  driver: KafkaDriver,
  topic: string,
): Promise<void> {
  const common = {
    target: topic,
    explain: (error: unknown) => explainKafka(error, settings),
    onTimeout: timeoutFix(settings),
  };
  // The embedded one has no topic before its first use.
  if (driver.describeCluster !== undefined && driver.name !== 'memory') {
    const found = await run.step({
      ...common,
      id: 'kafka.topic',
      work: async () => describe(await clusterOf(run, settings, driver, [topic]), topic, settings),
    });
    if (found === undefined) return run.skip(['kafka.produce', 'kafka.read'], `${topic} cannot be used`);
  }
  const eventId = randomUUID();
  const written = await run.step({
    ...common,
    id: 'kafka.produce',
    work: () => produce(run, settings, driver, topic, eventId),
  });
  if (written === undefined) return run.skip(['kafka.read'], 'nothing was written');
  const groupId = `${settings.groupId}-check-${eventId}`;
  const consumer = driver.createConsumer?.({
    clientId: `${settings.clientId}-check`,
    // Not the service's own group: joining that would take partitions from those that work.
    groupId,
    autoOffsetReset: 'latest',
    sessionTimeoutMs: settings.sessionTimeoutMs,
    revokeTimeoutMs: 1_000,
    connectTimeoutMs: run.timeoutMs,
    requestTimeoutMs: run.timeoutMs,
    retryBackoffMs: settings.retryBackoffMs,
    logger: silentLogger,
  });
  if (consumer === undefined) return run.skip(['kafka.read'], `the driver ${driver.name} only produces`);
  await run.step({
    ...common,
    id: 'kafka.read',
    work: (signal) => readBack(consumer, written.value, eventId, signal),
    onTimeout: `The message was written and not read back: see the broker's log, and that the group ${settings.groupId}-check-* may be used. A broker that has just started takes a while for its first group: --timeout 30000.`,
  });
}

function describe(
  cluster: ClusterDescription | undefined,
  topic: string,
  { bootstrapServers }: KafkaSettings,
): Outcome<undefined> {
  const [found] = cluster?.topics ?? [];
  if (found === undefined) {
    return {
      failed: `there is no topic ${topic}`,
      fix: `Create it: kafka-topics.sh --bootstrap-server ${bootstrapServers[0]} --create --topic ${topic}`,
      code: 'SLIPWAY_KAFKA_UNKNOWN_TOPIC',
    };
  }
  const { partitions } = found;
  const leaderless = partitions.filter(({ leader }) => leader < 0);
  if (leaderless.length > 0) {
    return {
      failed: `${leaderless.length} of ${partitions.length} partitions have no leader`,
      fix: 'Start the brokers that hold them.',
    };
  }
  const behind = partitions.filter(({ replicas, inSync }) => inSync < replicas).length;
  const copies = Math.min(...partitions.map(({ replicas }) => replicas));
  const detail = `${partitions.length} partition${partitions.length === 1 ? '' : 's'}, ${copies} ${copies === 1 ? 'copy' : 'copies'} of each`;
  if (behind === 0) return { detail, value: undefined };
  return {
    detail,
    value: undefined,
    warning: `${behind} of them have copies that are behind: see the brokers that hold them.`,
  };
}

async function produce(
  run: CheckRun,
  settings: KafkaSettings,
  driver: KafkaDriver,
  topic: string,
  eventId: string,
): Promise<Outcome<PublishResult>> {
  const { compression, requestTimeoutMs, retryBackoffMs } = settings;
  await using bus = new KafkaBus({
    clientId: `${settings.clientId}-check`,
    driver,
    compression,
    requestTimeoutMs,
    retryBackoffMs,
    startTimeoutMs: run.timeoutMs,
    deliveryTimeoutMs: run.timeoutMs,
    drainTimeoutMs: 1,
  });
  await bus.start();
  const envelope = createEnvelope(checkEventType, {}, { sourceService: 'slipway-check', eventId });
  const result = await bus.publish(topic, envelope, { key: eventId });
  return { detail: `written to partition ${result.partition} at offset ${result.offset}`, value: result };
}

async function readBack(
  port: ConsumerPort,
  { topic, partition, offset }: PublishResult,
  eventId: string,
  signal: AbortSignal,
): Promise<Outcome<undefined>> {
  const found = new Promise<ConsumerRecord | Failed>((resolve, reject) => {
    const position = { topic, partition, offset: BigInt(offset) };
    const begin = async (): Promise<void> => {
      await port.connect();
      await port.run([topic], {
        onAssigned: () => port.seek(position),
        onRevoked: () => Promise.resolve(),
        onBatch: ({ partition: from, records }) => {
          const record = records.find((each) => from === partition && each.offset === position.offset);
          if (record !== undefined) resolve(record);
          return Promise.resolve();
        },
        onCrash: reject,
      });
    };
    begin().catch(reject);
    signal.addEventListener('abort', () => resolve({ failed: 'no answer', fix: '' }));
  });
  try {
    const record = await found;
    if ('failed' in record) return record;
    if (record.key?.toString() === eventId)
      return { detail: `read back from partition ${partition} at offset ${offset}`, value: undefined };
    return {
      failed: `another message stands at offset ${offset} of partition ${partition}`,
      fix: 'See that all addresses of KAFKA_BOOTSTRAP_SERVERS are of one cluster.',
    };
  } finally {
    await port.close();
  }
}
