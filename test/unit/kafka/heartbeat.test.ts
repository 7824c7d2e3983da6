import { expect } from 'chai';
import { type SinonFakeTimers, useFakeTimers } from 'sinon';
import { KafkaBus, MemoryDriver, MemoryKafka } from '../../../src/index.js';
import { Heartbeat } from '../../../src/kafka/heartbeat.js';
import { numbered } from '../../support/kafka/census.js';
import { publishFailureOf } from '../../support/kafka/outcomes.js';

/** Lets what the clock's timers began go as far as it gets. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe(Heartbeat.name, () => {
  let clock: SinonFakeTimers;
  let told: string[];
  let beat: Heartbeat | undefined;

  beforeEach(() => {
    clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    told = [];
  });

  afterEach(() => {
    beat?.stop();
    clock.restore();
  });

  function begin(ping: () => Promise<void>): void {
    beat = new Heartbeat(
      ping,
      {
        onAnswer: () => told.push('answer'),
        onSilence: (failure) => told.push(`${failure.kind}: ${failure.message}`),
      },
      { intervalMs: 100, timeoutMs: 50 },
    );
  }

  async function pass(ms: number): Promise<void> {
    await clock.tickAsync(ms);
    await settled();
    await settled();
  }

  it('asks again after each answer', async () => {
    begin(() => Promise.resolve());
    await pass(100);
    await pass(100);
    expect(told).to.deep.equal(['answer', 'answer']);
  });

  it('tells once that no answer came, and asks no more', async () => {
    let asked = 0;
    begin(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    await pass(149);
    expect(told).to.deep.equal([]);
    await pass(1);
    expect(told).to.deep.equal(['timeout: a connected broker did not answer within 50 ms']);
    await pass(1_000);
    expect([asked, told.length]).to.deep.equal([1, 1]);
  });

  it('tells why a question failed', async () => {
    begin(() => Promise.reject(new Error('no connection')));
    await pass(100);
    expect(told).to.deep.equal(['failed: no connection']);
  });

  it('takes an answer that arrived while the process itself was busy', async () => {
    let answer: (() => void) | undefined;
    begin(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    await pass(100);
    clock.tick(50);
    answer?.();
    await settled();
    await settled();
    expect(told).to.deep.equal(['answer']);
  });

  it('tells nothing after stop', async () => {
    begin(() => new Promise(() => undefined));
    await pass(100);
    beat?.stop();
    await pass(1_000);
    expect(told).to.deep.equal([]);
  });
});

describe('KafkaBus while nobody publishes', () => {
  let clock: SinonFakeTimers;
  let cluster: MemoryKafka;
  let bus: KafkaBus;

  beforeEach(async () => {
    cluster = new MemoryKafka();
    bus = new KafkaBus({ clientId: 'test', driver: new MemoryDriver(cluster), deliveryTimeoutMs: 1_000 });
    clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    await bus.start();
  });

  afterEach(async () => {
    clock.restore();
    await bus.stop();
  });

  async function state(wanted: string): Promise<void> {
    for (let turn = 0; turn < 40 && bus.status.state !== wanted; turn += 1) {
      await clock.tickAsync(500);
      await settled();
      await settled();
    }
    expect(bus.status.state).to.equal(wanted);
  }

  it('is degraded once a broker that froze does not answer, then unavailable, and ready when it is back', async () => {
    cluster.stall();
    await state('degraded');
    expect(bus.status.lastError).to.contain('SLIPWAY_KAFKA_TIMEOUT');
    await state('unavailable');
    cluster.resume();
    await state('ready');
    expect(bus.status).to.include({ reconnects: 1 });
    expect(bus.status).to.not.have.property('lastError');
  });

  it('is ready again after a publish that failed, once the broker answers', async () => {
    cluster.loseAcks(Infinity);
    const failure = publishFailureOf(bus.publish('events', numbered(1)));
    await clock.tickAsync(1_000);
    expect(await failure).to.include({ outcome: 'unknown' });
    expect(bus.status.state).to.equal('degraded');
    cluster.loseAcks(0);
    await state('ready');
    expect(bus.status.reconnects, 'the connection was kept').to.equal(0);
  });
});
