import { type WireReader, WireWriter } from './wire-codec.js';
import { groupErrors, WireGroup } from './wire-group.js';

/** The requests to a coordinator, each with the one version that is spoken. */
const coordinatorApi = {
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
} as const;

export const coordinatorVersions: readonly (readonly [key: number, min: number, max: number])[] = [
  [coordinatorApi.offsetCommit, 2, 2],
  [coordinatorApi.offsetFetch, 1, 1],
  [coordinatorApi.findCoordinator, 0, 0],
  [coordinatorApi.joinGroup, 2, 2],
  [coordinatorApi.heartbeat, 0, 0],
  [coordinatorApi.leaveGroup, 0, 0],
  [coordinatorApi.syncGroup, 0, 0],
];

const notCoordinator = 16;
/** So many requests to a coordinator that is just up find it loading. */
const loadingAnswers = 3;

export interface WireBroker {
  readonly id: number;
  readonly port: number;
}

/** The groups of the double, with the first node as their coordinator. */
export class WireCoordinator {
  readonly #nodes: readonly WireBroker[];
  readonly #groups = new Map<string, WireGroup>();
  #loading = 0;
  /** How many commits are taken and then not answered, their connections cut. */
  commitsToLose = 0;
  /** How many requests to join are not taken, their connections cut. */
  joinsToLose = 0;

  constructor(nodes: readonly WireBroker[]) {
    this.#nodes = nodes;
  }

  committed(groupId: string, topic: string, partition: number): bigint {
    return this.#group(groupId).committed(topic, partition);
  }

  suspend(): void {
    for (const group of this.#groups.values()) group.suspend();
  }

  resume(): void {
    this.#loading = loadingAnswers;
    for (const group of this.#groups.values()) group.resume();
  }

  /** @returns 'cut' to close the connection instead of an answer; undefined for a request to no coordinator. */
  respond(
    node: number,
    apiKey: number,
    body: WireReader,
  ): Promise<WireWriter> | WireWriter | 'cut' | undefined {
    switch (apiKey) {
      case coordinatorApi.findCoordinator:
        return this.#findCoordinator();
      case coordinatorApi.offsetFetch:
        return this.#offsetFetch(body);
      case coordinatorApi.offsetCommit:
        return this.#offsetCommit(node, body);
      case coordinatorApi.joinGroup:
        if (this.joinsToLose === 0) return this.#join(node, body);
        this.joinsToLose -= 1;
        return 'cut';
      case coordinatorApi.syncGroup:
        return this.#sync(node, body);
      case coordinatorApi.heartbeat:
        return this.#heartbeat(node, body);
      case coordinatorApi.leaveGroup:
        return this.#leave(node, body);
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
