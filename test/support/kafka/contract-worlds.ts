import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { KafkaJsDriver } from '../../../src/index.js';
import type { OpenedKafka } from '../../../src/testing/index.js';
import { kafkaBootstrapServers } from '../servers/addresses.js';
import { FaultProxy } from './fault-proxy.js';
import { KafkaWireDouble } from './kafka-wire-double.js';
import { leaveGroup } from './leave-group.js';
import { again, readTopic } from './read-topic.js';
import { createTopics } from './topics.js';

// Only the whole module has them, for who is no CommonJS.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } =
  kafkajs;

/** The Apache Kafka of the test run, for contracts: kafkajs reaches it through a proxy of each test's own. */
export class ApacheWorlds implements AsyncDisposable {
  readonly #sessionTimeoutMs: number;
  #admin: Admin | undefined;

  /** @param sessionTimeoutMs the shortest that the brokers allow. */
  constructor(sessionTimeoutMs: number) {
    this.#sessionTimeoutMs = sessionTimeoutMs;
  }

  /** Before the first {@link open}. */
  async connect(): Promise<void> {
    const brokers = [kafkaBootstrapServers()];
    const admin = new Kafka({ clientId: 'contract-admin', brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    this.#admin = admin;
  }

  readonly open = async (): Promise<OpenedKafka> => {
    const admin = this.#admin;
    if (!admin) throw new Error('connect() comes before open().');
    const brokers = kafkaBootstrapServers();
    const port = Number(brokers.split(':')[1]);
    const proxy = await FaultProxy.start(() => port);
    let acksToLose = 0;
    return {
      driver: new KafkaJsDriver([`127.0.0.1:${proxy.port}`]),
      sessionTimeoutMs: this.#sessionTimeoutMs,
      createTopic: async (partitions) => {
        const topic = randomUUID();
        await createTopics(admin, [{ topic, numPartitions: partitions }]);
        return topic;
      },
      read: (topic, count) => readTopic([brokers], topic, count),
      committed: async (groupId, topic, partition) => {
        const [answer] = await again(() => admin.fetchOffsets({ groupId, topics: [topic] }));
        const offset = answer?.partitions.find((each) => each.partition === partition)?.offset ?? '-1';
        return offset === '-1' ? undefined : BigInt(offset);
      },
      faults: {
        cut: () => proxy.cut(),
        loseAcks: (count) => {
          acksToLose = count;
          proxy.losesAck = () => acksToLose > 0 && (acksToLose -= 1) >= 0;
        },
        acksToLose: () => acksToLose,
        refuse: (refusing) => proxy.shut(refusing),
        stall: () => proxy.silence(),
        resume: () => proxy.silence(false),
        limit: (topic, bytes) => limit(admin, topic, bytes),
        forbid: (topic) => forbid(admin, topic),
        evict: (groupId) => evict(admin, port, groupId),
      },
      close: () => proxy[Symbol.asyncDispose](),
    };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin?.disconnect();
  }
}

/** Two brokers of a wire double: what one real broker cannot suffer. */
export async function openDouble(): Promise<OpenedKafka> {
  const double = await KafkaWireDouble.start({ brokers: 2 });
  return {
    driver: new KafkaJsDriver(double.bootstrapServers.split(',')),
    createTopic: (partitions) => {
      const topic = randomUUID();
      double.createTopic(topic, partitions);
      return Promise.resolve(topic);
    },
    read: (topic) =>
      Promise.resolve(
        double.records(topic).map(({ offset, ...rest }) => ({ ...rest, offset: String(offset) })),
      ),
    committed: (groupId, topic, partition) => {
      const offset = double.consuming.coordinator.committed(groupId, topic, partition);
      return offset === -1n ? undefined : offset;
    },
    faults: { moveLeaders: () => double.moveLeaders(), missingTopic: () => randomUUID() },
    close: () => double[Symbol.asyncDispose](),
  };
}

async function limit(admin: Admin, topic: string, bytes: number | undefined): Promise<void> {
  const configEntries = bytes === undefined ? [] : [{ name: 'max.message.bytes', value: String(bytes) }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
}

/** All but writing: a topic with a rule allows only what its rules do. */
async function forbid(admin: Admin, topic: string): Promise<void> {
  const rule = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:ANONYMOUS',
    host: '*',
  };
  const [allow, deny] = [AclPermissionTypes.ALLOW, AclPermissionTypes.DENY];
  await admin.createAcls({
    acl: [
      { ...rule, operation: AclOperationTypes.ALL, permissionType: allow },
      { ...rule, operation: AclOperationTypes.WRITE, permissionType: deny },
    ],
  });
}

async function evict(admin: Admin, port: number, groupId: string): Promise<void> {
  const { groups } = await again(() => admin.describeGroups([groupId]));
  for (const { memberId } of groups[0]?.members ?? []) await leaveGroup(port, groupId, memberId);
}
