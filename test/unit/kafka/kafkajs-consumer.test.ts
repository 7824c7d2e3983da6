import { expect } from 'chai';
import { Kafka } from 'kafkajs';
import * as sinon from 'sinon';
import { type ConsumerListener, type ConsumerPort, KafkaJsDriver, silentLogger } from '../../../src/index.js';
import { SocketTracker } from '../../../src/kafka/drivers/kafkajs/socket-tracker.js';
import { memberOptions } from '../../support/kafka/member-options.js';

type Handler = (payload: { payload: object }) => void;

interface Options {
  readonly partitionAssigners: readonly ((config: object) => unknown)[];
}

/** What KafkaJsConsumer uses of a kafkajs consumer, moved by hand. */
class ScriptedKafkaJs {
  readonly events = {
    GROUP_JOIN: 'join',
    HEARTBEAT: 'heartbeat',
    CRASH: 'crash',
    START_BATCH_PROCESS: 'batch',
  };
  readonly cluster = {
    findGroupCoordinator: () => Promise.resolve({ joinGroup: () => Promise.resolve() }),
    findBroker: () => Promise.resolve({ fetch: () => Promise.resolve({ responses: [] }) }),
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

  run({ eachBatch }: { readonly eachBatch: (payload: object) => Promise<void> }): Promise<void> {
    this.#eachBatch = eachBatch;
    return Promise.resolve();
  }

  /** The group is joined: the partition 0 is this member's. */
  join(): void {
    this.#handlers.get('join')?.({ payload: { memberId: 'm', memberAssignment: { counted: [0] } } });
  }

  /** A fetch brought what consumers may not see. */
  bringNothing(from: number, to: number): void {
    this.#handlers.get('batch')?.({
      payload: {
        topic: 'counted',
        partition: 0,
        batchSize: 0,
        firstOffset: String(from),
        lastOffset: String(to),
        highWatermark: '100',
      },
    });
  }

  /** The group moves on: kafkajs asks for the coordinator, and then joins again. */
  async rejoin(meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.cluster.findGroupCoordinator();
    await meanwhile();
    this.join();
  }

  /** A fetch brings the records from `from` up to `to`. */
  async bring(from: number, to: number): Promise<void> {
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
    });
  }
}

describe('KafkaJsConsumer that closes', () => {
  afterEach(() => sinon.restore());

  for (const [what, order, connects] of [
    ['leaves its group and then cuts its connections', ['disconnect', 'destroy'], true],
    ['cuts what is still connecting at once: nobody has to be told', ['destroy', 'disconnect'], false],
  ] as const) {
    it(what, async () => {
      const log: string[] = [];
      sinon.stub(Kafka.prototype, 'consumer').callsFake((given) => {
        const scripted = new ScriptedKafkaJs(given as unknown as Options);
        if (!connects) scripted.connect = () => new Promise(() => undefined);
        scripted.disconnect = () => {
          log.push('disconnect');
          return Promise.resolve();
        };
        return scripted as unknown as ReturnType<Kafka['consumer']>;
      });
      sinon.stub(SocketTracker.prototype, 'destroy').callsFake(() => {
        log.push('destroy');
        return Promise.resolve();
      });
      const port = new KafkaJsDriver(['127.0.0.1:9']).createConsumer(memberOptions);
      const connecting = port.connect();
      if (connects) await connecting;
      await port.close();
      expect(log).to.deep.equal(order);
    });
  }
});

describe('KafkaJsConsumer', () => {
  let scripted: ScriptedKafkaJs;
  let port: ConsumerPort;
  let told: string[];
  let nextOffsets: bigint[];

  beforeEach(async () => {
    sinon.stub(Kafka.prototype, 'consumer').callsFake((given) => {
      scripted = new ScriptedKafkaJs(given as unknown as Options);
      return scripted as unknown as ReturnType<Kafka['consumer']>;
    });
    told = [];
    nextOffsets = [];
    const listener: ConsumerListener = {
      onAssigned: () => told.push('assigned'),
      onRevoked: () => {
        told.push('revoked');
        return Promise.resolve();
      },
      onBatch: ({ records, nextOffset }) => {
        nextOffsets.push(nextOffset);
        told.push(records.map(({ offset }) => offset).join(' '));
        return Promise.resolve();
      },
      onCrash: () => told.push('crashed'),
    };
    port = new KafkaJsDriver(['127.0.0.1:9']).createConsumer(memberOptions);
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

  it('tells of what was read up to where consumers may see nothing, while it has the partition', async () => {
    scripted.bringNothing(3, 5);
    expect(nextOffsets).to.deep.equal([3n, 6n]);
    await scripted.bring(6, 7);
    scripted.bringNothing(8, 8);
    await scripted.rejoin(() => {
      scripted.bringNothing(9, 9);
      return Promise.resolve();
    });
    expect(nextOffsets).to.deep.equal([3n, 6n, 8n, 9n]);
  });

  it('tells nothing of a group that it joins or leaves after its end', async () => {
    await port.kill();
    await scripted.rejoin();
    expect(told).to.deep.equal(['assigned', '0 1 2']);
  });
});
