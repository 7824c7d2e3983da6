import { freePort } from './free-port.js';
import { type KafkaListener, newClusterId, type RunningKafka, startKafka } from './kafka-server.js';

export interface KafkaClusterOptions {
  readonly nodes: number;
  /** Further listeners of a node, by name. */
  readonly listeners?: (nodeId: number) => Readonly<Record<string, KafkaListener>>;
  /** Lines of server.properties of every node, over those for tests. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Several Apache Kafka nodes on this machine, each a broker and a KRaft controller. Node ids are 1 and up. */
export class KafkaCluster implements AsyncDisposable {
  readonly #nodes: readonly RunningKafka[];

  private constructor(nodes: readonly RunningKafka[]) {
    this.#nodes = nodes;
  }

  /** Resolves once every node answers, or rejects with nothing left running. */
  static async start({ nodes, listeners, properties }: KafkaClusterOptions): Promise<KafkaCluster> {
    const ids = Array.from({ length: nodes }, (_, index) => index + 1);
    const controllerPorts = await Promise.all(ids.map(() => freePort()));
    const controllers = ids.map((id, index) => `${id}@127.0.0.1:${controllerPorts[index]}`).join(',');
    const clusterId = newClusterId();
    // At the same time: the first ones have no majority to be registered by until the others run.
    const starts = await Promise.allSettled(
      ids.map((nodeId, index) =>
        startKafka({
          // Several JVMs beside the tests: small ones.
          heapMegabytes: 256,
          member: { nodeId, clusterId, controllers, controllerPort: controllerPorts[index] ?? 0 },
          ...(listeners ? { listeners: listeners(nodeId) } : {}),
          properties: {
            'offsets.topic.replication.factor': String(nodes),
            'default.replication.factor': String(nodes),
            'min.insync.replicas': String(Math.ceil((nodes + 1) / 2)),
            // Patient enough that several JVMs on a busy machine do not take each other for dead.
            'broker.session.timeout.ms': '4000',
            'controller.quorum.fetch.timeout.ms': '4000',
            'controller.quorum.election.timeout.ms': '2000',
            'replica.lag.time.max.ms': '10000',
            ...properties,
          },
        }),
      ),
    );
    const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const failure = starts.find((start) => start.status === 'rejected');
    if (failure) {
      await Promise.all(running.map((node) => node[Symbol.asyncDispose]()));
      throw failure.reason;
    }
    return new KafkaCluster(running);
  }

  /** The plain text addresses, with commas. */
  get bootstrapServers(): string {
    return this.#nodes.map(({ bootstrapServers }) => bootstrapServers).join(',');
  }

  node(nodeId: number): RunningKafka {
    const node = this.#nodes[nodeId - 1];
    if (!node) throw new Error(`There is no node ${nodeId}.`);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A controller that lost its majority does not stop in order, and its data go anyway.
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await Promise.all(this.#nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}
