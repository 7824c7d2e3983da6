import { setTimeout as delay } from 'node:timers/promises';
import { type WireReader, WireWriter } from './wire-codec.js';
import { groupErrors, WireGroup } from './wire-group.js';
import { kafkaErrors, type WireLog } from './wire-log.js';

/** The requests of consumers, each with the one version that is spoken. */
export const consumingApi = {
  fetch: 1,
  listOffsets: 2,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
} as const;

export const consumingVersions: readonly (readonly [key: number, min: number, max: number])[] = [
  [consumingApi.fetch, 4, 4],
  [consumingApi.listOffsets, 1, 1],
  [consumingApi.offsetCommit, 2, 2],
  [consumingApi.offsetFetch, 1, 1],
  [consumingApi.findCoordinator, 0, 0],
  [consumingApi.joinGroup, 2, 2],
  [consumingApi.heartbeat, 0, 0],
  [consumingApi.leaveGroup, 0, 0],
  [consumingApi.syncGroup, 0, 0],
];

const offsetOutOfRange = 1;
const notCoordinator = 16;
/** A fetch that finds nothing looks again so often. */
const pollMs = 20;
/** So many requests to a coordinator that is just up find it loading. */
const loadingAnswers = 3;

interface Node {
  readonly id: number;
  readonly port: number;
}

/** The half of the double that consumers see: fetches, and groups whose coordinator is the first node. */
export class WireConsuming {
  readonly #logs: ReadonlyMap<string, readonly WireLog[]>;
  readonly #nodes: readonly Node[];
  readonly #groups = new Map<string, WireGroup>();
  #loading = 0;
  #isUp = true;
  /** How many commits are taken and then not answered, their connections cut. */
  commitsToLose = 0;

  constructor(logs: ReadonlyMap<string, readonly WireLog[]>, nodes: readonly Node[]) {
    this.#logs = logs;
    this.#nodes = nodes;
  }

  committed(groupId: string, topic: string, partition: number): bigint {
    return this.#group(groupId).committed(topic, partition);
  }

  suspend(): void {
    this.#isUp = false;
    for (const group of this.#groups.values()) group.suspend();
  }

  resume(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#loading = loadingAnswers;
    for (const group of this.#groups.values()) group.resume();
  }

  /** @returns 'cut' to close the connection instead of an answer; undefined for a request that is no consumer's. */
  respond(node: number, apiKey: number, body: WireReader): Promise<WireWriter | 'cut'> | undefined {
    switch (apiKey) {
      case consumingApi.fetch:
        return this.#fetch(node, body);
      case consumingApi.listOffsets:
        return Promise.resolve(this.#listOffsets(body));
      case consumingApi.findCoordinator:
        return Promise.resolve(this.#findCoordinator());
      case consumingApi.offsetFetch:
        return Promise.resolve(this.#offsetFetch(body));
      case consumingApi.offsetCommit:
        return Promise.resolve(this.#offsetCommit(node, body));
      case consumingApi.joinGroup:
        return this.#join(node, body);
      case consumingApi.syncGroup:
        return this.#sync(node, body);
      case consumingApi.heartbeat:
        return Promise.resolve(this.#heartbeat(node, body));
      case consumingApi.leaveGroup:
        return Promise.resolve(this.#leave(node, body));
      default:
        return undefined;
    }
  }

  #group(groupId: string): WireGroup {
    const group = this.#groups.get(groupId) ?? new WireGroup();
    this.#groups.set(groupId, group);
    return group;
  }

  /** Why this node does not coordinate now. */
  #refusal(node: number): number {
    if (node !== this.#nodes[0]?.id) return notCoordinator;
    if (this.#loading === 0) return groupErrors.none;
    this.#loading -= 1;
    return groupErrors.loading;
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

  #findCoordinator(): WireWriter {
    const [node] = this.#nodes;
    return new WireWriter()
      .int16(groupErrors.none)
      .int32(node?.id ?? -1)
      .string('127.0.0.1')
      .int32(node?.port ?? 0);
  }

  #offsetFetch(body: WireReader): WireWriter {
    const groupId = body.string() ?? '';
    const topics = body.array(() => ({
      topic: body.string() ?? '',
      partitions: body.array(() => body.int32()),
    }));
    return new WireWriter().array(topics, ({ topic, partitions }, writer) => {
      writer.string(topic).array(partitions, (partition) => {
        writer
          .int32(partition)
          .int64(this.committed(groupId, topic, partition))
          .string('')
          .int16(0);
      });
    });
  }

  #offsetCommit(node: number, body: WireReader): WireWriter | 'cut' {
    const groupId = body.string() ?? '';
    const generation = body.int32();
    const memberId = body.string() ?? '';
    body.int64();
    const topics = body.array(() => ({
      topic: body.string() ?? '',
      partitions: body.array(() => {
        const partition = body.int32();
        const offset = body.int64();
        body.string();
        return { partition, offset };
      }),
    }));
    const offsets = topics.flatMap(({ topic, partitions }) => partitions.map((each) => ({ topic, ...each })));
    const refused = this.#refusal(node);
    const error =
      refused === groupErrors.none ? this.#group(groupId).commit(memberId, generation, offsets) : refused;
    if (error === groupErrors.none && this.commitsToLose > 0) {
      this.commitsToLose -= 1;
      return 'cut';
    }
    return new WireWriter().array(topics, ({ topic, partitions }, writer) => {
      writer.string(topic).array(partitions, ({ partition }) => writer.int32(partition).int16(error));
    });
  }

  async #join(node: number, body: WireReader): Promise<WireWriter> {
    const groupId = body.string() ?? '';
    const sessionTimeoutMs = body.int32();
    const rebalanceTimeoutMs = body.int32();
    const memberId = body.string() ?? '';
    body.string();
    const protocols = body.array(() => ({
      name: body.string() ?? '',
      metadata: Buffer.from(body.bytes(body.int32())),
    }));
    const error = this.#refusal(node);
    const answer =
      error === groupErrors.none
        ? await this.#group(groupId).join({ memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocols })
        : { error, generation: -1, protocol: '', leader: '', memberId, members: [] };
    return new WireWriter()
      .int32(0)
      .int16(answer.error)
      .int32(answer.generation)
      .string(answer.protocol)
      .string(answer.leader)
      .string(answer.memberId)
      .array(answer.members, (each, writer) => {
        writer.string(each.memberId).int32(each.metadata.length).raw(each.metadata);
      });
  }

  async #sync(node: number, body: WireReader): Promise<WireWriter> {
    const groupId = body.string() ?? '';
    const generation = body.int32();
    const memberId = body.string() ?? '';
    const assignments = new Map(
      body.array(() => [body.string() ?? '', Buffer.from(body.bytes(body.int32()))] as const),
    );
    const refused = this.#refusal(node);
    const { error, assignment } =
      refused === groupErrors.none
        ? await this.#group(groupId).sync(memberId, generation, assignments)
        : { error: refused, assignment: Buffer.alloc(0) };
    return new WireWriter().int16(error).int32(assignment.length).raw(assignment);
  }

  #heartbeat(node: number, body: WireReader): WireWriter {
    const groupId = body.string() ?? '';
    const generation = body.int32();
    const memberId = body.string() ?? '';
    const refused = this.#refusal(node);
    return new WireWriter().int16(
      refused === groupErrors.none ? this.#group(groupId).heartbeat(memberId, generation) : refused,
    );
  }

  #leave(node: number, body: WireReader): WireWriter {
    const groupId = body.string() ?? '';
    const memberId = body.string() ?? '';
    const refused = this.#refusal(node);
    return new WireWriter().int16(
      refused === groupErrors.none ? this.#group(groupId).leave(memberId) : refused,
    );
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
