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
import { type Batches, type Group, groupByLeader, messagesOf, type RoutedMessage } from './leader-group.js';
import { isWrittenNowhere } from './produce-response.js';
import { ProduceLines } from './produce-lines.js';
import { probePartition, showPartitions } from './show-partitions.js';
import { LeadersMoved, PartitionsSeen } from './signals.js';
import { SocketTracker } from './socket-tracker.js';

interface Report extends ProduceReport {
  readonly offsets: Map<number, bigint>;
  readonly failures: Map<number, DriverError>;
}

const closeTimeoutMs = 1_000;
/** How old the knowledge of a topic's partitions may be when something is sent. */
const metadataMaxAgeMs = 60_000;
/** kafkajs looks at the age of what it knows when it sends, which it does at least so often. */
const lineMaxAgeMs = metadataMaxAgeMs / 2;
/** How often a send is split anew in one call because leaders moved under it. */
const maxSplits = 3;
const shut: WriteGate = () => false;

/**
 * The port on kafkajs 2.2.4, whose own behaviour under concurrency and faults loses acknowledged messages. What is done
 * about it here: one send carries the partitions of one broker only (its retry would otherwise repeat or skip what
 * another broker has answered); it makes the fewest attempts that kafkajs allows, for the bus retries; no Produce
 * request leaves a socket while no call is outstanding. Where kafkajs has sent to a broker, what follows goes on that
 * ProduceLine, and by kafkajs again whatever fails there.
 */
export class KafkaJsProducer implements ProducerPort {
  readonly #options: ProducerOptions;
  readonly #sockets: SocketTracker;
  readonly #producer: Producer;
  /** The leader of each partition, as of the last metadata that kafkajs showed its partitioner. */
  readonly #leaders = new Map<string, ReadonlyMap<number, number>>();
  readonly #lines = new ProduceLines(lineMaxAgeMs);
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
      metadataMaxAge: metadataMaxAgeMs - lineMaxAgeMs,
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
    if (message === (group.first as unknown)) group.attempts += 1;
    return partition;
  }

  async #learnLeaders(topic: string): Promise<ReadonlyMap<number, number>> {
    await showPartitions(this.#producer, topic);
    const leaders = this.#leaders.get(topic);
    if (!leaders) throw new DriverError('unavailable', `The brokers tell no partitions of ${topic}.`);
    return leaders;
  }

  async #sendGroup(topic: string, group: Group, report: Report, splits = 0): Promise<void> {
    const rest = await this.#sendOnLine(topic, group, report);
    if (rest.partitions.size > 0) await this.#sendByKafkaJs(topic, rest, report, splits);
  }

  /** @returns what kafkajs has to send: all if it has not sent to this broker yet, or not for some time. */
  async #sendOnLine(topic: string, group: Group, report: Report): Promise<Group> {
    const { leader, refusedAs } = group;
    const line = this.#lines.to(leader);
    if (!line) return group;
    const partitions = Array.from(group.partitions, ([partition, messages]) => {
      return { partition, messages, firstSequence: this.#lines.sequenceOf(topic, partition) };
    });
    const left = new Map<number, readonly ProducerRecord[]>();
    let { attempts } = group;
    try {
      const results = await line.produce(topic, partitions, this.#sendOptions);
      for (const { partition, messages } of partitions) {
        const { errorCode, baseOffset } = results.get(partition) ?? {};
        if (errorCode === 0 && baseOffset !== undefined)
          this.#wrote(topic, partition, baseOffset, group, report);
        // What kafkajs does about it, it does when it is told itself.
        else left.set(partition, messages);
        if (errorCode === undefined || (errorCode !== 0 && !isWrittenNowhere(errorCode)))
          attempts = group.attempts + 1;
      }
      return { leader, partitions: left, attempts, refusedAs };
    } catch (reason) {
      this.#lines.forget(leader);
      this.#options.logger.debug('Kafka request without an answer', {
        topic,
        error: classify(reason).message,
      });
      return { ...group, attempts: group.attempts + 1 };
    }
  }

  async #sendByKafkaJs(topic: string, group: Group, report: Report, splits: number): Promise<void> {
    try {
      const messages = messagesOf(group, this.#lines.senderTo(group.leader, topic));
      [group.first] = messages;
      const sent = await this.#producer.send({ topic, messages, acks: -1, ...this.#sendOptions });
      for (const { partition, baseOffset } of sent) {
        if (baseOffset !== undefined) this.#wrote(topic, partition, BigInt(baseOffset), group, report);
      }
    } catch (reason) {
      const { partitions, attempts } = group;
      const error = certain(classify(reason), group);
      if (error.cause instanceof LeadersMoved && splits < maxSplits) {
        const groups = groupByLeader(partitions, this.#leaders.get(topic) ?? new Map(), attempts);
        const { refusedAs } = group;
        await Promise.all(
          groups.map((part) => this.#sendGroup(topic, { ...part, refusedAs }, report, splits + 1)),
        );
      } else if (isRefusal(error.kind) && partitions.size > 1) {
        // kafkajs does not say which partition was refused and which was written. Each goes again alone, under the
        // sequence it had, so that the broker knows what it has already.
        for (const [partition, records] of partitions) {
          const alone = groupByLeader(new Map([[partition, records]]), this.#leaders.get(topic) ?? new Map());
          const refusedAs = error.kind;
          await Promise.all(
            alone.map((part) => this.#sendGroup(topic, { ...part, refusedAs }, report, splits)),
          );
        }
      } else {
        for (const partition of partitions.keys()) report.failures.set(partition, error);
      }
    }
  }

  get #sendOptions(): { readonly compression: CompressionTypes; readonly timeout: number } {
    const { compression, requestTimeoutMs } = this.#options;
    return {
      compression: compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
      timeout: requestTimeoutMs,
    };
  }

  #wrote(topic: string, partition: number, offset: bigint, { partitions }: Group, report: Report): void {
    this.#lines.advance(topic, partition, partitions.get(partition)?.length ?? 0);
    report.offsets.set(partition, offset);
  }
}

/**
 * A refusal tells nothing of earlier attempts without an answer, nor, for another reason than the one that split a group,
 * whether the first of them wrote this part. The bus asks again.
 */
function certain(error: DriverError, { attempts, refusedAs = error.kind }: Group): DriverError {
  if (!isRefusal(error.kind) || (attempts < 2 && refusedAs === error.kind)) return error;
  return new DriverError('failed', error.message, { cause: error.cause });
}
