import {
  CompressionTypes,
  Kafka,
  type PartitionerArgs,
  type PartitionMetadata,
  type Producer,
} from 'kafkajs';
import type { KafkaConnection } from '../../connection.js';
import { DriverError, isRefusal } from '../../driver-error.js';
import type {
  ProduceReport,
  ProducerOptions,
  ProducerPort,
  ProducerRecord,
  WriteGate,
} from '../../producer-port.js';
import { settlesWithin } from '../../settles-within.js';
import { classify } from './classify.js';
import { connectFailure } from './connect-failure.js';
import { kafkaJsConfig } from './kafkajs-config.js';
import { encodedHere } from './produce-request-patch.js';
import { probePartition, showPartitions } from './show-partitions.js';
import { LeadersMoved, PartitionsSeen } from './signals.js';
import { SocketTracker } from './socket-tracker.js';

/** A record as kafkajs takes it. kafkajs hands this very object to the partitioner. */
interface RoutedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Record<string, Buffer | string>;
  readonly timestamp: string;
  readonly partition: number;
  readonly group: Group;
  readonly [encodedHere]: true;
}

type Batches = ReadonlyMap<number, readonly ProducerRecord[]>;

/** What goes to one broker in one send. */
interface Group {
  readonly leader: number;
  readonly partitions: Map<number, readonly ProducerRecord[]>;
  readonly messages: RoutedMessage[];
  /** How often kafkajs has begun to send it. */
  attempts: number;
}

interface Report extends ProduceReport {
  readonly offsets: Map<number, bigint>;
  readonly failures: Map<number, DriverError>;
}

const closeTimeoutMs = 1_000;
/** How old the knowledge of a topic's partitions may be when something is sent. */
const metadataMaxAgeMs = 60_000;
/** How often a send is split anew in one call because leaders moved under it. */
const maxSplits = 3;
const shut: WriteGate = () => false;

/**
 * The port on kafkajs 2.2.4, whose own behaviour under concurrency and faults loses acknowledged messages. What is done
 * about it here: one send carries the partitions of one broker only (its retry would otherwise repeat or skip what
 * another broker has answered); it makes the fewest attempts that kafkajs allows, for the bus retries; no Produce
 * request leaves a socket while no call is outstanding.
 */
export class KafkaJsProducer implements ProducerPort {
  readonly #options: ProducerOptions;
  readonly #sockets: SocketTracker;
  readonly #producer: Producer;
  /** The leader of each partition, as of the last metadata that kafkajs showed its partitioner. */
  readonly #leaders = new Map<string, ReadonlyMap<number, number>>();
  #metadata: PartitionMetadata[] | undefined;
  #gate: WriteGate = shut;
  #connected = false;

  constructor(connection: KafkaConnection, options: ProducerOptions) {
    this.#options = options;
    this.#sockets = new SocketTracker({
      mayProduce: () => this.#gate(),
      onLastClosed: () => {
        if (this.#connected) options.onDisconnect?.();
      },
    });
    const pause = {
      initialRetryTime: options.retryBackoffMs,
      maxRetryTime: 1_000,
      factor: 0.2,
      multiplier: 2,
    };
    const kafka = new Kafka({
      ...kafkaJsConfig(connection, options, this.#sockets),
      // Each attempt to connect asks the next address of the list.
      retry: { ...pause, retries: connection.brokers.length - 1 },
    });
    this.#producer = kafka.producer({
      idempotent: true,
      metadataMaxAge: metadataMaxAgeMs,
      // One is the least that kafkajs takes of an idempotent producer.
      retry: { ...pause, retries: 1 },
      createPartitioner: () => (args) => this.#route(args),
    });
  }

  async connect(): Promise<void> {
    try {
      await this.#producer.connect();
      this.#connected = true;
    } catch (reason) {
      throw connectFailure(reason, this.#sockets);
    }
  }

  async partitionsOf(topic: string): Promise<number> {
    return this.#leaders.get(topic)?.size ?? (await this.#learnLeaders(topic)).size;
  }

  async produce(topic: string, batches: Batches, gate: WriteGate): Promise<ProduceReport> {
    const report: Report = { offsets: new Map(), failures: new Map() };
    this.#gate = gate;
    try {
      const leaders = this.#leaders.get(topic) ?? (await this.#learnLeaders(topic));
      const groups = groupByLeader(batches, leaders);
      await Promise.all(groups.map((group) => this.#sendGroup(topic, group, report)));
    } finally {
      this.#gate = shut;
    }
    return report;
  }

  ping(): Promise<void> {
    return this.#sockets.ping();
  }

  async close(): Promise<void> {
    this.#connected = false;
    const disconnected = this.#producer.disconnect().catch((reason: unknown) => {
      this.#options.logger.debug('kafkajs did not disconnect', { error: classify(reason).message });
    });
    await settlesWithin(closeTimeoutMs, disconnected);
    await this.kill();
  }

  async kill(): Promise<void> {
    this.#connected = false;
    this.#gate = shut;
    await this.#sockets.destroy(new Error('The producer was shut down.'));
  }

  /** kafkajs calls it for every message of every attempt, with metadata as fresh as it has. */
  #route({ topic, partitionMetadata, message }: PartitionerArgs): number {
    if (partitionMetadata !== this.#metadata) {
      this.#metadata = partitionMetadata;
      this.#leaders.set(
        topic,
        new Map(partitionMetadata.map(({ partitionId, leader }) => [partitionId, leader])),
      );
    }
    const { partition, group } = message as unknown as RoutedMessage;
    if (partition === probePartition) throw new PartitionsSeen();
    if (this.#leaders.get(topic)?.get(partition) !== group.leader) throw new LeadersMoved();
    if (message === group.messages[0]) group.attempts += 1;
    return partition;
  }

  async #learnLeaders(topic: string): Promise<ReadonlyMap<number, number>> {
    await showPartitions(this.#producer, topic);
    const leaders = this.#leaders.get(topic);
    if (!leaders) throw new DriverError('unavailable', `The brokers tell no partitions of ${topic}.`);
    return leaders;
  }

  async #sendGroup(topic: string, group: Group, report: Report, splits = 0): Promise<void> {
    try {
      const sent = await this.#producer.send({
        topic,
        messages: group.messages,
        compression: this.#options.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
        acks: -1,
        timeout: this.#options.requestTimeoutMs,
      });
      for (const { partition, baseOffset } of sent) {
        if (baseOffset !== undefined) report.offsets.set(partition, BigInt(baseOffset));
      }
    } catch (reason) {
      const { partitions, attempts } = group;
      const error = certain(classify(reason), attempts);
      if (error.cause instanceof LeadersMoved && splits < maxSplits) {
        const groups = groupByLeader(partitions, this.#leaders.get(topic) ?? new Map());
        await Promise.all(groups.map((part) => this.#sendGroup(topic, part, report, splits + 1)));
      } else if (isRefusal(error.kind) && partitions.size > 1) {
        // kafkajs does not say which partition was refused and which was written. Each goes again alone, under the
        // sequence it had, so that the broker knows what it has already.
        for (const [partition, records] of partitions) {
          const alone = groupByLeader(new Map([[partition, records]]), this.#leaders.get(topic) ?? new Map());
          await Promise.all(alone.map((part) => this.#sendGroup(topic, part, report, splits)));
        }
      } else {
        for (const partition of partitions.keys()) report.failures.set(partition, error);
      }
    }
  }
}

/** Splits the batches by the broker that leads their partitions. */
function groupByLeader(batches: Batches, leaders: ReadonlyMap<number, number>): Group[] {
  const groups = new Map<number, Group>();
  for (const [partition, records] of batches) {
    // A partition that the metadata lacks stands alone, so that it holds up no other.
    const leader = leaders.get(partition) ?? -2 - partition;
    let group = groups.get(leader);
    if (!group) {
      group = { leader, partitions: new Map(), messages: [], attempts: 0 };
      groups.set(leader, group);
    }
    group.partitions.set(partition, records);
    for (const record of records) group.messages.push(toMessage(record, partition, group));
  }
  return [...groups.values()];
}

/** A refusal of kafkajs's second attempt does not tell what became of its first. The bus asks again. */
function certain(error: DriverError, attempts: number): DriverError {
  if (attempts < 2 || !isRefusal(error.kind)) return error;
  return new DriverError('failed', error.message, { cause: error.cause });
}

function toMessage(record: ProducerRecord, partition: number, group: Group): RoutedMessage {
  const { key, value, headers } = record;
  return { key, value, headers, timestamp: String(record.timestamp), partition, group, [encodedHere]: true };
}
