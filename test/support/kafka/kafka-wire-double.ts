import type net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeRecordBatch } from './record-batch.js';
import { WireReader, WireWriter } from './wire-codec.js';
import { kafkaErrors, type LoggedRecord, WireLog } from './wire-log.js';
import { WireConsuming } from './wire-consuming.js';
import type { ProduceFault, ProduceRequest, WireDoubleOptions } from './wire-faults.js';
import { WireNode } from './wire-node.js';
import {
  api,
  apiVersionsResponse,
  initProducerIdResponse,
  metadataResponse,
  supported,
} from './wire-responses.js';

const slowAckMs = 150;

interface Request {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly body: WireReader;
}

/**
 * A strict Kafka cluster in this process, over real TCP connections: versions, metadata, producer ids, and Produce with
 * Apache's sequence rules, checksums checked. It answers the requests of one connection in their order, as brokers do,
 * and breaks in every way a test asks for.
 */
export class KafkaWireDouble implements AsyncDisposable {
  readonly #nodes: readonly WireNode[];
  readonly #logs = new Map<string, WireLog[]>();
  readonly #options: WireDoubleOptions;
  #fault: (request: ProduceRequest) => ProduceFault | undefined;
  /** What consumers see. */
  readonly consuming: WireConsuming;
  #producerIds = 0n;
  #stalled: (() => void)[] | undefined;
  #produceRequests = 0;
  /** Requests that break the protocol: none, if the client is right. */
  readonly violations: string[] = [];

  private constructor(options: WireDoubleOptions) {
    this.#options = options;
    this.#fault = options.fault ?? (() => undefined);
    this.#nodes = Array.from({ length: options.brokers ?? 1 }, (_, index) => {
      const id = index + 1;
      return new WireNode(id, (frame, socket) => this.#answer(id, socket, frame));
    });
    this.consuming = new WireConsuming(this.#logs, this.#nodes);
    for (const [topic, partitions] of Object.entries(options.topics ?? {}))
      this.createTopic(topic, partitions);
  }

  static async start(options: WireDoubleOptions = {}): Promise<KafkaWireDouble> {
    const double = new KafkaWireDouble(options);
    await double.listen();
    return double;
  }

  get bootstrapServers(): string {
    return this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
  }

  get openSockets(): number {
    return this.#nodes.reduce((sum, { openSockets }) => sum + openSockets, 0);
  }

  get produceRequests(): number {
    return this.#produceRequests;
  }

  /** How many producer ids were given out. */
  get producerIds(): number {
    return Number(this.#producerIds);
  }

  /** Batches that came again and were not stored again. */
  get duplicateBatches(): number {
    return [...this.#logs.values()].flat().reduce((sum, { duplicates }) => sum + duplicates, 0);
  }

  createTopic(topic: string, partitions: number): void {
    const brokers = this.#nodes.length;
    this.#logs.set(
      topic,
      Array.from({ length: partitions }, (_, index) => new WireLog(topic, index, (index % brokers) + 1)),
    );
  }

  /** Partitions are only ever added. */
  addPartition(topic: string): void {
    const logs = this.#logs.get(topic) ?? [];
    logs.push(new WireLog(topic, logs.length, 1));
  }

  /** The topic's records, one partition after the other. */
  records(topic: string): LoggedRecord[] {
    return (this.#logs.get(topic) ?? []).flatMap(({ records }) => records);
  }

  moveLeader(topic: string, partition: number, node: number): void {
    const log = this.#logs.get(topic)?.[partition];
    if (!log) throw new Error(`There is no partition ${partition} of ${topic}.`);
    log.leader = node;
  }

  /** Each partition's to the next broker. */
  moveLeaders(): void {
    for (const log of [...this.#logs.values()].flat()) log.leader = (log.leader % this.#nodes.length) + 1;
  }

  /** From now on, instead of the fault of the options. */
  set fault(fault: (request: ProduceRequest) => ProduceFault | undefined) {
    this.#fault = fault;
  }

  /** Cuts every connection, with a reset. */
  cutSockets(): void {
    for (const node of this.#nodes) node.cut();
  }

  /** Requests are no longer answered; those that come are, after {@link resume}, in their order. */
  stall(): void {
    this.#stalled ??= [];
  }

  resume(): void {
    const waiting = this.#stalled ?? [];
    this.#stalled = undefined;
    for (const go of waiting) go();
  }

  /** Closes the ports and cuts every connection: the brokers are down, their logs stay. */
  async refuse(): Promise<void> {
    this.consuming.suspend();
    await Promise.all(this.#nodes.map((node) => node.close()));
  }

  /** Opens the ports, the same ones as before. */
  async listen(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.listen()));
    this.consuming.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.refuse();
  }

  async #answer(node: number, socket: net.Socket, frame: Buffer): Promise<Buffer | undefined> {
    if (this.#stalled) await new Promise<void>((resolve) => this.#stalled?.push(resolve));
    const body = new WireReader(frame);
    const request = { apiKey: body.int16(), apiVersion: body.int16(), correlationId: body.int32(), body };
    body.string();
    try {
      const consumed = await this.consuming.respond(node, request.apiKey, body);
      if (consumed === 'cut') socket.resetAndDestroy();
      const response =
        consumed === 'cut' ? undefined : (consumed ?? (await this.#respond(node, socket, request)));
      return response && new WireWriter().int32(request.correlationId).raw(response.bytes).bytes;
    } catch (error) {
      this.violations.push(error instanceof Error ? error.message : String(error));
      socket.destroy();
      return undefined;
    }
  }

  #respond(node: number, socket: net.Socket, request: Request): WireWriter | Promise<WireWriter> | undefined {
    const { apiKey, apiVersion } = request;
    const range = supported.find(([key]) => key === apiKey);
    if (!range || apiVersion < range[1] || apiVersion > range[2]) {
      throw new Error(`Request of API ${apiKey} version ${apiVersion}, which was not offered.`);
    }
    if (apiKey === api.apiVersions) return apiVersionsResponse(apiVersion);
    if (apiKey === api.metadata) return this.#metadata(request.body);
    if (apiKey === api.initProducerId) return this.#initProducerId();
    return this.#produce(node, socket, request);
  }

  #metadata(body: WireReader): WireWriter {
    const asked = body.array(() => body.string() ?? '');
    const mayCreate = body.int8() === 1;
    const { autoCreatePartitions = 0 } = this.#options;
    for (const topic of asked) {
      if (mayCreate && autoCreatePartitions > 0 && !this.#logs.has(topic)) {
        this.createTopic(topic, autoCreatePartitions);
      }
    }
    return metadataResponse(this.#nodes, asked, this.#logs, this.#options.advertisedHost);
  }

  #initProducerId(): WireWriter {
    this.#producerIds += 1n;
    return initProducerIdResponse(this.#producerIds);
  }

  #produce(
    node: number,
    socket: net.Socket,
    { apiVersion, body }: Request,
  ): WireWriter | Promise<WireWriter> | undefined {
    body.string();
    const acks = body.int16();
    if (acks !== -1) this.violations.push(`A Produce request with acks ${acks}.`);
    body.int32();
    const topics = body.array(() => ({
      topic: body.string() ?? '',
      partitions: body.array(() => ({ partition: body.int32(), batch: body.bytes(body.int32()) })),
    }));
    this.#produceRequests += 1;
    const [first] = topics;
    const fault = this.#fault({
      count: this.#produceRequests,
      node,
      topic: first?.topic ?? '',
      partitions: first?.partitions.map(({ partition }) => partition) ?? [],
    });
    if (fault === 'cut') {
      socket.resetAndDestroy();
      return undefined;
    }
    const writer = new WireWriter();
    writer.array(topics, ({ topic, partitions }) => {
      writer.string(topic).array(partitions, ({ partition, batch }) => {
        const appended =
          typeof fault === 'number'
            ? { error: fault, baseOffset: -1 }
            : this.#append(node, topic, partition, batch);
        const isLate = fault === 'refuse-after-append' && appended.error === kafkaErrors.none;
        const { error, baseOffset } = isLate
          ? { error: kafkaErrors.notEnoughReplicasAfterAppend, baseOffset: -1 }
          : appended;
        writer.int32(partition).int16(error).int64(BigInt(baseOffset)).int64(-1n);
        if (apiVersion >= 5) writer.int64(0n);
      });
    });
    writer.int32(0);
    if (fault === 'slow-ack') return delay(slowAckMs, writer);
    if (fault === 'lose-ack') socket.resetAndDestroy();
    return fault === 'lose-ack' || fault === 'swallow-ack' ? undefined : writer;
  }

  #append(
    node: number,
    topic: string,
    partition: number,
    bytes: Buffer,
  ): { error: number; baseOffset: number } {
    const log = this.#logs.get(topic)?.[partition];
    if (!log) return { error: kafkaErrors.unknownTopicOrPartition, baseOffset: -1 };
    if (log.leader !== node) return { error: kafkaErrors.notLeader, baseOffset: -1 };
    if (bytes.length > (this.#options.maxBatchBytes ?? 1_048_588)) {
      return { error: kafkaErrors.messageTooLarge, baseOffset: -1 };
    }
    return log.append(decodeRecordBatch(bytes));
  }
}
