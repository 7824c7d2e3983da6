import { Kafka } from 'kafkajs';
import type { KafkaConnection } from '../../connection.js';
import { DriverError } from '../../driver-error.js';
import type { ClusterDescription, DescribeOptions, TopicDescription } from '../../producer-port.js';
import { classify } from './classify.js';
import { connectFailure } from './connect-failure.js';
import { kafkaJsConfig } from './kafkajs-config.js';
import { SocketTracker } from './socket-tracker.js';

/** kafkajs asks a broker at random, and does not go on to the next where that one cannot be reached. */
const attempts = 2;

/** Asks a cluster what it is, by kafkajs's admin client, which creates no topics. @throws DriverError */
export async function describeCluster(
  connection: KafkaConnection,
  options: DescribeOptions,
  names: readonly string[],
): Promise<ClusterDescription> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(connection, options, names);
    } catch (reason) {
      const error = classify(reason);
      if (attempt === attempts || !(error instanceof AdvertisedElsewhere)) throw error;
    }
  }
}

async function ask(
  connection: KafkaConnection,
  options: DescribeOptions,
  names: readonly string[],
): Promise<ClusterDescription> {
  const sockets = new SocketTracker({ mayProduce: () => false, onLastClosed: () => undefined });
  const retry = {
    initialRetryTime: options.retryBackoffMs,
    maxRetryTime: 1_000,
    // Each attempt to connect asks the next address of the list.
    retries: connection.brokers.length - 1,
  };
  const admin = new Kafka({ ...kafkaJsConfig(connection, options, sockets), retry }).admin();
  try {
    await admin.connect();
    const { brokers, clusterId } = await admin.describeCluster();
    // One at a time: an unknown one makes the whole question fail.
    const topics = await Promise.all(names.map((name) => describeTopic(admin, name)));
    return {
      clusterId,
      brokers: brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port })),
      topics: topics.flat(),
    };
  } catch (reason) {
    throw advertised(connection, connectFailure(reason, sockets));
  } finally {
    await admin.disconnect().catch((reason: unknown) => {
      options.logger.debug('kafkajs did not disconnect', { error: classify(reason).message });
    });
    await sockets.destroy(new DriverError('failed', 'The question is answered.'));
  }
}

async function describeTopic(
  admin: ReturnType<Kafka['admin']>,
  name: string,
): Promise<readonly TopicDescription[]> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    return topics.map(({ partitions }) => ({
      name,
      partitions: partitions.map(({ partitionId, leader, replicas, isr }) => ({
        id: partitionId,
        leader,
        replicas: replicas.length,
        inSync: isr.length,
      })),
    }));
  } catch (reason) {
    const error = classify(reason);
    if (error.kind === 'unknown-topic') return [];
    throw error;
  }
}

/** Whoever was asked first answered, and sent this client to an address that it cannot reach. */
class AdvertisedElsewhere extends DriverError {}

function advertised({ brokers }: KafkaConnection, error: DriverError): DriverError {
  const { broker } = (error.cause ?? {}) as { readonly broker?: unknown };
  if (typeof broker !== 'string' || brokers.includes(broker)) return error;
  const message = `${brokers.join(',')} answers and says that the broker is at ${broker}, which cannot be reached: ${error.message}`;
  return new AdvertisedElsewhere(error.kind, message, { cause: error.cause });
}
