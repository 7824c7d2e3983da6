import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Stored } from '../../support/kafka/census.js';
import type { FaultProxy, ProduceTrouble } from '../../support/kafka/fault-proxy.js';
import { readWholeTopic } from '../../support/kafka/read-topic.js';
import type { RunningServer } from '../../support/servers/server-process.js';
import type { Fault } from './plan.js';
import type { World } from './run-chaos.js';
import { createTopics } from '../../support/kafka/topics.js';

export type BrokerFault = ProduceTrouble | 'cut' | 'refuse' | 'silence' | 'slow' | 'kill' | 'freeze';

export interface BrokerNode {
  readonly server: RunningServer;
  readonly proxy: FaultProxy;
}

const troubleTimeoutMs = 3_000;
/** One way, of a slow link. */
const slowMs = [5, 40, 120] as const;
const inSyncTimeoutMs = 60_000;

/** Real brokers, each behind a proxy. */
export class BrokerWorld implements World<BrokerFault> {
  readonly #nodes: readonly BrokerNode[];
  readonly #direct: string;
  #topics: readonly string[] = [];
  #turn = 0;

  /** @param direct addresses that lead past the proxies. Node ids are 1 and up, in the order of `nodes`. */
  constructor(nodes: readonly BrokerNode[], direct: string) {
    this.#nodes = nodes;
    this.#direct = direct;
  }

  /** The addresses of the proxies. */
  get brokers(): readonly string[] {
    return this.#nodes.map(({ proxy }) => `127.0.0.1:${proxy.port}`);
  }

  /** Makes topics that are in sync on all brokers, and gives their names. */
  async createTopics(count: number, numPartitions: number): Promise<readonly string[]> {
    const topics = Array.from({ length: count }, () => `chaos-${randomUUID()}`);
    await this.#administer((admin) =>
      createTopics(
        admin,
        topics.map((topic) => ({ topic, numPartitions, replicationFactor: this.#nodes.length })),
      ),
    );
    this.#topics = topics;
    return topics;
  }

  read(topic: string): Promise<readonly Stored[]> {
    return readWholeTopic(this.#direct.split(','), topic);
  }

  /** Every broker. */
  freeze(): void {
    for (const { server } of this.#nodes) server.pause();
  }

  thaw(): void {
    for (const { server } of this.#nodes) server.resume();
  }

  async inflict({ kind, ms, aim }: Fault<BrokerFault>): Promise<boolean> {
    const { proxy } = this.#nodes[aim % this.#nodes.length] as BrokerNode;
    switch (kind) {
      case 'lose-ack':
      case 'swallow-ack':
      case 'cut-request':
        return this.#trouble(kind);
      case 'cut':
        proxy.cut();
        break;
      case 'refuse':
        proxy.refuse();
        await sleep(ms);
        proxy.refuse(false);
        break;
      case 'silence':
        proxy.silence();
        await sleep(ms);
        proxy.silence(false);
        break;
      case 'slow':
        proxy.delayMs = slowMs[aim % slowMs.length] ?? 0;
        await sleep(ms);
        proxy.delayMs = 0;
        break;
      case 'kill': {
        const { server } = await this.#leader();
        await server.kill();
        await sleep(ms);
        await server.restart();
        await this.#inSync();
        break;
      }
      case 'freeze': {
        const { server } = await this.#leader();
        server.pause();
        await sleep(ms);
        server.resume();
        await this.#inSync();
        break;
      }
    }
    return true;
  }

  /** The next Produce call to any of the nodes. */
  async #trouble(kind: ProduceTrouble): Promise<boolean> {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), troubleTimeoutMs);
    const happened = await Promise.race(this.#nodes.map(({ proxy }) => proxy.trouble(kind, over.signal)));
    clearTimeout(timer);
    over.abort();
    return happened;
  }

  /** The node that leads one of the partitions, another one each time. */
  async #leader(): Promise<BrokerNode> {
    const [only] = this.#nodes;
    if (this.#nodes.length === 1 && only) return only;
    const partitions = await this.#partitions();
    const leader = partitions[this.#turn++ % partitions.length]?.leader ?? 1;
    return this.#nodes[leader - 1] as BrokerNode;
  }

  /** Resolves when every replica is in sync: the next fault finds a whole cluster. */
  async #inSync(): Promise<void> {
    if (this.#nodes.length === 1) return;
    const limit = performance.now() + inSyncTimeoutMs;
    for (;;) {
      try {
        const partitions = await this.#partitions();
        if (partitions.every(({ isr }) => isr.length === this.#nodes.length)) return;
      } catch (error) {
        // The brokers are still choosing their leaders.
        if (performance.now() > limit) throw error;
      }
      if (performance.now() > limit) throw new Error('The replicas did not get in sync again.');
      await sleep(100);
    }
  }

  async #partitions() {
    const { topics } = await this.#administer((admin) =>
      admin.fetchTopicMetadata({ topics: [...this.#topics] }),
    );
    return topics.flatMap(({ partitions }) => partitions);
  }

  async #administer<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const brokers = this.#direct.split(',');
    const admin = new Kafka({ clientId: 'chaos-admin', brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
