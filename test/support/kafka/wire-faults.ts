/**
 * What happens to one Produce request: `lose-ack` stores it and cuts the connection, `swallow-ack` stores it and never
 * answers, `slow-ack` stores it and answers after a while, `refuse-after-append` stores it and answers that too few replicas have it; `cut` cuts the
 * connection before storing; a number is the Kafka error that all its partitions get, with nothing stored.
 */
export type ProduceFault = 'lose-ack' | 'swallow-ack' | 'slow-ack' | 'refuse-after-append' | 'cut' | number;

export interface ProduceRequest {
  /** Counts the Produce requests of the double, from 1. */
  readonly count: number;
  readonly node: number;
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface WireDoubleOptions {
  /** Default 1. Node ids are 1 and up. */
  readonly brokers?: number;
  /** Topics and their partitions. The leaders go round the brokers. */
  readonly topics?: Readonly<Record<string, number>>;
  /** Partitions of topics that their first use creates. Default 0: it does not create them. */
  readonly autoCreatePartitions?: number;
  /** The longest batch, in bytes; longer ones get MESSAGE_TOO_LARGE. Default 1048588, as in Apache Kafka. */
  readonly maxBatchBytes?: number;
  /** Where clients are told to connect to. Default: 127.0.0.1, where it listens. */
  readonly advertisedHost?: string;
  /** Called for each Produce request: the faults of a test. */
  readonly fault?: (request: ProduceRequest) => ProduceFault | undefined;
}
