import { setTimeout as delay } from 'node:timers/promises';
import { type WireReader, WireWriter } from './wire-codec.js';
import { coordinatorVersions, type WireBroker, WireCoordinator } from './wire-coordinator.js';
import { kafkaErrors, type WireLog } from './wire-log.js';

const fetchApi = 1;
const listOffsetsApi = 2;

/** The requests of consumers, each with the one version that is spoken. */
export const consumingVersions: readonly (readonly [key: number, min: number, max: number])[] = [
  [fetchApi, 4, 4],
  [listOffsetsApi, 1, 1],
  ...coordinatorVersions,
];

const offsetOutOfRange = 1;
/** A fetch that finds nothing looks again so often. */
const pollMs = 20;

/** The half of the double that consumers see: fetches and groups. */
export class WireConsuming {
  readonly #logs: ReadonlyMap<string, readonly WireLog[]>;
  readonly coordinator: WireCoordinator;
  #isUp = true;

  constructor(logs: ReadonlyMap<string, readonly WireLog[]>, nodes: readonly WireBroker[]) {
    this.#logs = logs;
    this.coordinator = new WireCoordinator(nodes);
  }

  suspend(): void {
    this.#isUp = false;
    this.coordinator.suspend();
  }

  resume(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.coordinator.resume();
  }

  /** @returns 'cut' to close the connection instead of an answer; undefined for a request that is no consumer's. */
  respond(
    node: number,
    apiKey: number,
    body: WireReader,
  ): Promise<WireWriter> | WireWriter | 'cut' | undefined {
    if (apiKey === fetchApi) return this.#fetch(node, body);
    if (apiKey === listOffsetsApi) return this.#listOffsets(body);
    return this.coordinator.respond(node, apiKey, body);
  }

  async #fetch(node: number, body: WireReader): Promise<WireWriter> {
    body.int32();
    const until = performance.now() + body.int32();
    body.int32();
    body.int32();
    body.int8();
    const topics = body.array(() => ({
      topic: body.string() ?? '',
      partitions: body.array(() => ({ partition: body.int32(), offset: body.int64(), limit: body.int32() })),
    }));
    for (;;) {
      const found = topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map((each) => this.#read(node, topic, each)),
      }));
      const isAnswer = found.some(({ partitions }) =>
        partitions.some(({ error, bytes }) => error !== kafkaErrors.none || bytes.length > 0),
      );
      if (isAnswer || !this.#isUp || performance.now() >= until) return fetchResponse(found);
      await delay(pollMs);
    }
  }

  #read(
    node: number,
    topic: string,
    { partition, offset, limit }: { partition: number; offset: bigint; limit: number },
  ): FetchedPartition {
    const log = this.#logs.get(topic)?.[partition];
    const end = BigInt(log?.records.length ?? 0);
    const failed = (error: number): FetchedPartition => ({ partition, error, end, bytes: Buffer.alloc(0) });
    if (!log) return failed(kafkaErrors.unknownTopicOrPartition);
    if (log.leader !== node) return failed(kafkaErrors.notLeader);
    if (offset < 0n || offset > end) return failed(offsetOutOfRange);
    return { partition, error: kafkaErrors.none, end, bytes: log.read(Number(offset), limit) };
  }

  #listOffsets(body: WireReader): WireWriter {
    body.int32();
    const topics = body.array(() => ({
      topic: body.string() ?? '',
      partitions: body.array(() => ({ partition: body.int32(), timestamp: body.int64() })),
    }));
    return new WireWriter().array(topics, ({ topic, partitions }, writer) => {
      writer.string(topic).array(partitions, ({ partition, timestamp }) => {
        const end = BigInt(this.#logs.get(topic)?.[partition]?.records.length ?? 0);
        const earliest = -2n;
        writer
          .int32(partition)
          .int16(kafkaErrors.none)
          .int64(-1n)
          .int64(timestamp === earliest ? 0n : end);
      });
    });
  }
}

interface FetchedPartition {
  readonly partition: number;
  readonly error: number;
  readonly end: bigint;
  readonly bytes: Buffer;
}

function fetchResponse(
  topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartition[] }[],
): WireWriter {
  return new WireWriter().int32(0).array(topics, ({ topic, partitions }, writer) => {
    writer.string(topic).array(partitions, ({ partition, error, end, bytes }) => {
      writer.int32(partition).int16(error).int64(end).int64(end).int32(0).int32(bytes.length).raw(bytes);
    });
  });
}
