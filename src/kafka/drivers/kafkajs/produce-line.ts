import { createRequire } from 'node:module';
import { DriverError } from '../../driver-error.js';
import { type Checksum, encodeProduce, type PartitionData, type ProduceRequest } from './encode-produce.js';
import { partitionResults, type PartitionResult } from './produce-response.js';

/** The version whose answers are read here: of Kafka 2.1 and later. */
const apiVersion = 7;
const apiKey = 0;
const apiName = 'Produce';

/** What is used of kafkajs's connection to a broker. */
interface Connection {
  readonly clientId: string;
  /** What it logs in by, if it does. Without it is never authenticated. */
  readonly sasl: unknown;
  readonly socket: { write(bytes: Buffer): unknown };
  readonly requestQueue: {
    push(request: {
      readonly entry: object;
      readonly expectResponse: true;
      readonly requestTimeout: null;
      readonly sendRequest: () => void;
    }): void;
    maybeThrottle(milliseconds: number): void;
  };
  isConnected(): boolean;
  isAuthenticated(): boolean;
  nextCorrelationId(): number;
}

/** Its connections to one broker; the first is for all but fetches. */
export interface ConnectionPool {
  readonly pool: readonly [Connection, ...Connection[]];
}

interface Sender {
  readonly pool: ConnectionPool;
  readonly apiVersion: number;
  readonly producerId: unknown;
  readonly producerEpoch: number;
}

const checksum = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as Checksum;

/**
 * The way that kafkajs has sent a Produce request: its connection to the leader, and the producer's id. Requests that follow
 * go that way without what kafkajs does for each send again, which is half of what one costs; they stand in its queue of
 * requests, so under its timeout, its throttling and its numbers.
 */
export class ProduceLine {
  readonly #connection: Connection;
  readonly #sender: Sender;

  constructor(sender: Sender) {
    [this.#connection] = sender.pool.pool;
    this.#sender = sender;
  }

  /** Is it as it was when kafkajs used it? */
  get isOpen(): boolean {
    const connection = this.#connection;
    if (this.#sender.apiVersion !== apiVersion || !connection.isConnected()) return false;
    // kafkajs logs in again before the time that a broker gives a login is over.
    return !connection.sasl || connection.isAuthenticated();
  }

  /**
   * @returns the broker's answer for each partition.
   * @throws whatever kafkajs rejects a request with that gets no answer.
   */
  async produce(
    topic: string,
    partitions: readonly PartitionData[],
    options: Pick<ProduceRequest, 'compression' | 'timeout'>,
  ): Promise<ReadonlyMap<number, PartitionResult>> {
    const connection = this.#connection;
    const { producerId, producerEpoch } = this.#sender;
    const request = { ...options, acks: -1, producerId, producerEpoch, topicData: [{ topic, partitions }] };
    const { clientId } = connection;
    const correlationId = connection.nextCorrelationId();
    const headerLength = 4 + 2 + 2 + 4 + 2 + Buffer.byteLength(clientId);
    const frame = await encodeProduce(request, checksum, headerLength);
    // Packing takes a while, and what is queued on a connection that was closed meanwhile has no end.
    if (!this.isOpen)
      throw new DriverError('unavailable', 'the connection was closed before records were sent');
    let at = frame.writeInt32BE(frame.length - 4, 0);
    at = frame.writeInt16BE(apiKey, at);
    at = frame.writeInt16BE(apiVersion, at);
    at = frame.writeInt32BE(correlationId, at);
    at = frame.writeInt16BE(Buffer.byteLength(clientId), at);
    frame.write(clientId, at);
    const answer = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
      connection.requestQueue.push({
        entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
        expectResponse: true,
        requestTimeout: null,
        sendRequest: () => connection.socket.write(frame),
      });
    });
    const { results, throttleMs } = partitionResults(answer.payload);
    connection.requestQueue.maybeThrottle(throttleMs);
    return results;
  }
}
