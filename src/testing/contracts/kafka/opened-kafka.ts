import assert from 'node:assert/strict';
import type { KafkaDriver } from '../../../kafka/producer-port.js';
import { type ContractTest, contractTests } from '../contract.js';

/** A message as it lies in a topic: its bytes as text. */
export interface RawMessage {
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What can happen to a cluster while clients use it. */
export interface KafkaFaults {
  /** Breaks every connection, with what is on its way. New ones are taken. */
  readonly cut: () => unknown;
  /** The next `count` calls that write are stored, and get no acknowledgement. */
  readonly loseAcks: (count: number) => unknown;
  /** How many of them have not been lost yet. */
  readonly acksToLose: () => number;
  /** While true, nothing connects, and what was connected is cut. */
  readonly refuse: (refusing: boolean) => unknown;
  /** Connections stay and new ones are taken, and nothing is answered, until {@link resume}. What was sent may be lost then. */
  readonly stall: () => unknown;
  readonly resume: () => unknown;
  /** The leaders of the topic's partitions move to other brokers. */
  readonly moveLeaders: (topic: string) => unknown;
  /** The topic takes so many bytes of one partition at once; undefined: as many as others. May come true a moment later. */
  readonly limit: (topic: string, bytes: number | undefined) => unknown;
  /** This client may no longer write to the topic. May come true a moment later. */
  readonly forbid: (topic: string) => unknown;
  /** Throws all members out of a consumer group, as the brokers do with those whose session has ended. */
  readonly evict: (groupId: string) => unknown;
  /** @returns the name of a topic that is not there, and that its use does not create. */
  readonly missingTopic: () => string | Promise<string>;
}

/** What the tests of a Kafka contract may need beyond what every cluster and driver has. */
export type KafkaNeed = keyof KafkaFaults | 'transactions';

/** A cluster, for one test. */
export interface OpenedKafka {
  /** Of the clients of the test. Their connections suffer the {@link faults}. */
  readonly driver: KafkaDriver;
  /** Makes a topic of so many partitions, empty. @returns its name. */
  readonly createTopic: (partitions: number) => Promise<string>;
  /** The messages of a topic that are committed, in the order of each partition, once there are `count`. */
  readonly read: (topic: string, count: number) => Promise<readonly RawMessage[]>;
  /** What a group has committed of a partition, or undefined. */
  readonly committed: (
    groupId: string,
    topic: string,
    partition: number,
  ) => Promise<bigint | undefined> | bigint | undefined;
  /** Those that it has: tests that need others are left out by {@link KafkaContractOptions.without}. */
  readonly faults: Partial<KafkaFaults>;
  /** The shortest session timeout that the brokers allow. Default 6000, as in Apache Kafka. */
  readonly sessionTimeoutMs?: number;
  /** Ends the faults and what was opened. The clients are closed by then. */
  readonly close: () => PromiseLike<void>;
}

export interface KafkaContractOptions {
  /** What the cluster cannot suffer, or the driver not do: the tests that need it are left out. */
  readonly without?: readonly KafkaNeed[];
}

/** One test of a Kafka contract, and what it needs. */
export interface KafkaTest {
  readonly needs: readonly KafkaNeed[];
  readonly run: (kafka: OpenedKafka, faults: KafkaFaults) => Promise<void>;
}

/** A test that gets the faults it needs. */
export function kafkaTest<Need extends KafkaNeed>(
  needs: readonly Need[],
  run: (kafka: OpenedKafka, faults: Pick<KafkaFaults, Need & keyof KafkaFaults>) => Promise<void>,
): KafkaTest {
  return { needs, run };
}

/** Says of a fault that is not there what to do. */
function faultsOf({ faults }: OpenedKafka): KafkaFaults {
  return new Proxy(faults, {
    get: (target, name: keyof KafkaFaults) =>
      target[name] ?? assert.fail(`The cluster cannot ${name}: leave out what needs it by \`without\`.`),
  }) as KafkaFaults;
}

/** The tests that can be run, each on a cluster that is opened for it. */
export function kafkaTests(
  open: () => Promise<OpenedKafka>,
  tests: Readonly<Record<string, KafkaTest>>,
  { without = [] }: KafkaContractOptions,
): readonly ContractTest[] {
  const opened = async () => {
    const kafka = await open();
    return { client: kafka, close: () => kafka.close() };
  };
  const possible = Object.entries(tests).filter(
    ([, { needs }]) => !needs.some((need) => without.includes(need)),
  );
  return contractTests(
    opened,
    Object.fromEntries(
      possible.map(([title, { run }]) => [title, (kafka: OpenedKafka) => run(kafka, faultsOf(kafka))]),
    ),
  );
}
