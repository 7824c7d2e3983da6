import { expect } from 'chai';
import { Kafka } from 'kafkajs';
import * as sinon from 'sinon';
import { type ConsumerListener, type ConsumerPort, KafkaJsDriver, silentLogger } from '../../../src/index.js';

type Handler = (payload: { payload: object }) => void;

interface Options {
  readonly partitionAssigners: readonly ((config: object) => unknown)[];
}

/** What KafkaJsConsumer uses of a kafkajs consumer, moved by hand. */
class ScriptedKafkaJs {
  readonly events = { GROUP_JOIN: 'join', HEARTBEAT: 'heartbeat', CRASH: 'crash' };
  readonly cluster = {
    findGroupCoordinator: () => Promise.resolve({ joinGroup: () => Promise.resolve() }),
  };
  readonly resolved: string[] = [];
  readonly #handlers = new Map<string, Handler>();
  #eachBatch: (payload: object) => Promise<void> = () => Promise.resolve();

  constructor({ partitionAssigners: [assigner] }: Options) {
    assigner?.({ cluster: this.cluster, groupId: 'desk', logger: silentLogger });
  }

  on(event: string, handler: Handler): void {
    this.#handlers.set(event, handler);
  }

  connect = (): Promise<void> => Promise.resolve();
  disconnect = (): Promise<void> => Promise.resolve();
  subscribe = (): Promise<void> => Promise.resolve();
  pause = (): void => undefined;
  resume = (): void => undefined;
  seek = (): void => undefined;

  run({ eachBatch }: { readonly eachBatch: (payload: object) => Promise<void> }): Promise<void> {
    this.#eachBatch = eachBatch;
    return Promise.resolve();
  }

  /** The group is joined: the partition 0 is this member's. */
  join(): void {
    this.#handlers.get('join')?.({ payload: { memberId: 'm', memberAssignment: { counted: [0] } } });
  }

  /** The group moves on: kafkajs asks for the coordinator, and then joins again. */
  async rejoin(meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.cluster.findGroupCoordinator();
    await meanwhile();
    this.join();
  }

  /** A fetch brings the records from `from` up to `to`. */
  async bring(from: number, to: number, isBeforeSeek = false): Promise<void> {
    const offsets = Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
    await this.#eachBatch({
      batch: {
        topic: 'counted',
        partition: 0,
        highWatermark: '100',
        messages: offsets.map((offset) => ({
          offset,
          key: null,
          value: Buffer.from(offset),
          timestamp: '0',
        })),
        lastOffset: () => String(to),
      },
      resolveOffset: (offset: string) => this.resolved.push(offset),
      commitOffsetsIfNecessary: () => Promise.resolve(),
      isStale: () => isBeforeSeek,
    });
  }
}

describe('KafkaJsConsumer', () => {
  let scripted: ScriptedKafkaJs;
  let port: ConsumerPort;
  let told: string[];

  beforeEach(async () => {
    sinon.stub(Kafka.prototype, 'consumer').callsFake((options) => {
      scripted = new ScriptedKafkaJs(options as unknown as Options);
      return scripted as unknown as ReturnType<Kafka['consumer']>;
    });
    told = [];
    const listener: ConsumerListener = {
      onAssigned: () => told.push('assigned'),
      onRevoked: () => {
        told.push('revoked');
        return Promise.resolve();
      },
      onBatch: ({ records }) => {
        told.push(records.map(({ offset }) => offset).join(' '));
        return Promise.resolve();
      },
      onCrash: () => told.push('crashed'),
    };
    port = new KafkaJsDriver(['127.0.0.1:9']).createConsumer({
      clientId: 'test',
      groupId: 'desk',
      autoOffsetReset: 'earliest',
      sessionTimeoutMs: 6_000,
      revokeTimeoutMs: 3_000,
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
      retryBackoffMs: 20,
      logger: silentLogger,
    });
    await port.connect();
    await port.run(['counted'], listener);
    scripted.join();
    await scripted.bring(0, 2);
  });

  afterEach(async () => {
    await port.close();
    sinon.restore();
  });

  it('hands out nothing between two assignments', async () => {
    await scripted.rejoin(() => scripted.bring(3, 4));
    expect(told).to.deep.equal(['assigned', '0 1 2', 'revoked', 'assigned']);
    expect(scripted.resolved).to.deep.equal(['2']);
  });

  it('hands out nothing that was fetched before a seek', async () => {
    port.seek({ topic: 'counted', partition: 0, offset: 1n });
    await scripted.bring(3, 4, true);
    await scripted.bring(1, 4);
    expect(told).to.deep.equal(['assigned', '0 1 2', '1 2 3 4']);
    expect(scripted.resolved).to.deep.equal(['2', '4']);
  });
});
