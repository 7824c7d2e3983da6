import type { Admin, ClusterMetadata } from '@platformatic/kafka';
import type { KafkaConnection } from '../../connection.js';
import type { ClusterDescription, DescribeOptions, TopicDescription } from '../../producer-port.js';
import { classify } from './classify.js';
import { platformaticConfig } from './platformatic-config.js';
import { platformaticPackage } from './platformatic-package.js';
import { shutDown } from './shut-down.js';

/** Asks a cluster what it is, by @platformatic/kafka's admin client. @throws DriverError */
export async function describeCluster(
  connection: KafkaConnection,
  options: DescribeOptions,
  names: readonly string[],
): Promise<ClusterDescription> {
  const { Admin: Made } = await platformaticPackage();
  const admin = new Made({
    ...platformaticConfig(connection, options),
    requestTimeout: options.requestTimeoutMs,
    // Each attempt begins with the next address of the list.
    retries: connection.brokers.length - 1,
    retryDelay: options.retryBackoffMs,
    autocreateTopics: false,
  });
  try {
    const { id, brokers } = await admin.metadata({ topics: [] });
    // One at a time: an unknown one makes the whole question fail.
    const topics = await Promise.all(names.map((name) => describeTopic(admin, name)));
    return {
      clusterId: id,
      brokers: Array.from(brokers, ([nodeId, { host, port }]) => ({ id: nodeId, host, port })),
      topics: topics.flat(),
    };
  } catch (reason) {
    throw classify(reason);
  } finally {
    await shutDown(admin, () => admin.close(), options.logger);
  }
}

async function describeTopic(admin: Admin, name: string): Promise<readonly TopicDescription[]> {
  let found: ClusterMetadata;
  try {
    found = await admin.metadata({ topics: [name] });
  } catch (reason) {
    const error = classify(reason);
    if (error.kind === 'unknown-topic') return [];
    throw error;
  }
  const partitions = found.topics.get(name)?.partitions ?? [];
  return [
    {
      name,
      partitions: partitions.map(({ leader, replicas, isr }, id) => ({
        id,
        leader,
        replicas: replicas.length,
        inSync: isr.length,
      })),
    },
  ];
}
