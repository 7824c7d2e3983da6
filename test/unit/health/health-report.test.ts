import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  type Component,
  componentHealth,
  type ComponentState,
  healthReport,
  healthResponse,
  kafkaHealth,
  redisHealth,
} from '../../../src/index.js';
import { ConsumerScene, Counted } from '../../support/kafka/consuming.js';
import { until } from '../../support/until.js';

const since = new Date('2026-11-21T22:00:00.000Z');
const now = new Date('2026-11-21T22:46:01.500Z');
const desk = { service: 'essay-desk' };

function component(name: string, state: ComponentState, more: Partial<Component['status']> = {}): Component {
  return { name, status: { state, since, reconnects: 0, ...more } };
}

/** A component that fails in every way it can. */
const broken: Component = {
  get name(): string {
    throw new Error('no');
  },
  get status(): Component['status'] {
    throw new Error('no');
  },
  get details(): Record<string, unknown> {
    throw new Error('no');
  },
};

describe('health', () => {
  beforeEach(() => {
    sinon.useFakeTimers({ now, toFake: ['Date'] });
  });
  afterEach(() => {
    sinon.restore();
  });

  describe(healthReport.name, () => {
    it("has the original's shape", () => {
      const report = healthReport([component('redis', 'ready'), component('kafka', 'ready')], {
        ...desk,
        version: '1.2.3',
      });
      expect(report).to.deep.equal({
        status: 'healthy',
        service: 'essay-desk',
        version: '1.2.3',
        services: { redis: 'healthy', kafka: 'healthy' },
        timestamp: 1_795_301_161,
      });
    });

    for (const [state, health] of [
      ['starting', 'unknown'],
      ['ready', 'healthy'],
      ['degraded', 'unhealthy'],
      ['unavailable', 'disconnected'],
      ['disabled', 'disabled'],
      ['stopping', 'disconnected'],
      ['stopped', 'disconnected'],
      ['asleep', 'unknown'],
      ['toString', 'unknown'],
    ] as const) {
      it(`calls a component that is ${state} ${health}`, () => {
        const { services } = healthReport([component('redis', state as ComponentState)], desk);
        expect(services).to.deep.equal({ redis: health });
      });
    }

    for (const [states, status, statusCode] of [
      [[], 'healthy', 200],
      [['ready', 'ready'], 'healthy', 200],
      [['ready', 'disabled'], 'healthy', 200],
      [['disabled', 'disabled'], 'healthy', 200],
      [['ready', 'degraded'], 'degraded', 200],
      [['degraded', 'degraded'], 'degraded', 200],
      [['ready', 'unavailable'], 'degraded', 200],
      [['ready', 'starting'], 'degraded', 200],
      [['unavailable', 'disabled'], 'unhealthy', 503],
      [['unavailable', 'unavailable'], 'unhealthy', 503],
      [['starting', 'starting'], 'unhealthy', 503],
      [['stopping', 'stopped'], 'unhealthy', 503],
    ] as const) {
      it(`is ${status}, HTTP ${statusCode}, when its components are ${states.join(' and ') || 'none'}`, () => {
        const components = states.map((state, index) => component(`c${index}`, state));
        expect(healthReport(components, desk).status).to.equal(status);
        expect(healthResponse(components, desk)).to.deep.equal({
          statusCode,
          body: healthReport(components, desk),
        });
      });
    }

    it('follows the live state', () => {
      let state: ComponentState = 'unavailable';
      const redis: Component = {
        name: 'redis',
        get status() {
          return { state, since, reconnects: 0 };
        },
      };
      expect(healthReport([redis], desk).status).to.equal('unhealthy');
      state = 'ready';
      expect(healthReport([redis], desk).status).to.equal('healthy');
    });

    it('keeps components of one name apart', () => {
      const components = [
        component('redis', 'ready'),
        component('redis', 'unavailable'),
        component('redis-2', 'disabled'),
      ];
      expect(healthReport(components, desk).services).to.deep.equal({
        redis: 'healthy',
        'redis-2': 'disconnected',
        'redis-2-2': 'disabled',
      });
    });

    it('lives with a component that throws, and with a name that is special to objects', () => {
      const { services, status } = healthReport([broken, component('__proto__', 'ready')], desk);
      expect(JSON.stringify(services)).to.equal('{"unnamed":"unknown","__proto__":"healthy"}');
      expect(status).to.equal('degraded');
    });
  });

  describe(componentHealth.name, () => {
    it('answers 200 with the state and what the component tells', () => {
      const database: Component = {
        ...component('database', 'ready', { reconnects: 2 }),
        details: { pool: 5 },
      };
      expect(componentHealth(database)).to.deep.equal({
        statusCode: 200,
        body: {
          pool: 5,
          status: 'healthy',
          service: 'database',
          state: 'ready',
          since: '2026-11-21T22:00:00.000Z',
          reconnects: 2,
          timestamp: '2026-11-21T22:46:01.500Z',
        },
      });
    });

    it('answers 200 for one that is disabled or serves with trouble', () => {
      for (const state of ['disabled', 'degraded'] as const) {
        const { statusCode, body } = componentHealth(component('redis', state));
        expect(statusCode).to.equal(200);
        expect(body).to.not.have.property('detail');
      }
    });

    for (const state of ['starting', 'unavailable', 'stopping', 'stopped'] as const) {
      it(`answers 503 with a detail for one that is ${state}`, () => {
        const { statusCode, body } = componentHealth(component('redis', state));
        expect(statusCode).to.equal(503);
        expect(body).to.include({ detail: `redis is ${state}` });
      });
    }

    it('shows no secret', () => {
      const redis: Component = {
        ...component('redis', 'unavailable', { lastError: '[X] no answer from redis://u:hunter2@h' }),
        details: { url: 'redis://:hunter2@h', password: 'hunter2', nested: { token: 'hunter2' } },
      };
      const { body } = componentHealth(redis);
      expect(JSON.stringify(body)).to.not.contain('hunter2');
      expect(body).to.include({
        last_error: '[X] no answer from redis://u:***@h',
        detail: 'redis is unavailable: [X] no answer from redis://u:***@h',
      });
    });

    it('lives with a component that throws and one with a broken date', () => {
      expect(componentHealth(broken)).to.deep.equal({
        statusCode: 503,
        body: {
          status: 'unknown',
          service: 'unnamed',
          state: 'unknown',
          reconnects: 0,
          detail: 'unnamed is unknown',
          timestamp: '2026-11-21T22:46:01.500Z',
        },
      });
      const { body } = componentHealth(component('redis', 'ready', { since: new Date(Number.NaN) }));
      expect(body).to.not.have.property('since');
    });
  });

  describe(redisHealth.name, () => {
    it("has the original's fields, null where the component does not know them", () => {
      const redis: Component = { ...component('redis', 'ready'), details: { version: '7.0.15' } };
      expect(redisHealth(redis).body).to.include({
        status: 'healthy',
        service: 'redis',
        version: '7.0.15',
        connected_clients: null,
        used_memory_human: null,
        timestamp: '2026-11-21T22:46:01.500Z',
      });
    });
  });

  describe(kafkaHealth.name, () => {
    for (const [state, statusCode, running, connected] of [
      ['ready', 200, true, true],
      ['degraded', 200, true, true],
      ['starting', 503, true, false],
      ['unavailable', 503, true, false],
      ['disabled', 200, false, false],
      ['stopped', 503, false, false],
    ] as const) {
      it(`tells of a bus that is ${state} that it is ${running ? '' : 'not '}running`, () => {
        const health = kafkaHealth({ ...component('kafka', state), details: { consumers_count: 2 } });
        expect(health.statusCode).to.equal(statusCode);
        expect(health.body).to.include({
          service: 'kafka',
          running,
          producer_connected: connected,
          consumers_count: 2,
        });
      });
    }

    it('counts the consumers that serve', async () => {
      const bus = component('kafka', 'ready');
      const details = { group_id: 'desk' };
      const consumers = (['ready', 'degraded', 'unavailable', 'starting'] as const).map((state) => ({
        ...component('kafka-consumer', state),
        details,
      }));
      const all = [component('redis', 'ready'), bus, ...consumers];
      expect(kafkaHealth(bus, all).body).to.include({ producer_connected: true, consumers_count: 2 });
      expect(kafkaHealth(bus).body).to.include({ consumers_count: 0 });
      sinon.restore();
      await using scene = await ConsumerScene.begin();
      const consumer = scene.consumer().subscribe(Counted, () => undefined);
      expect(kafkaHealth(scene.bus, [consumer]).body).to.include({ consumers_count: 0 });
      await consumer.start();
      await until(() => consumer.status.state === 'ready', 'it is in its group');
      expect(kafkaHealth(scene.bus, [consumer]).body).to.include({ consumers_count: 1 });
      expect(kafkaHealth(consumer).body).to.include({
        service: 'kafka-consumer',
        running: true,
        producer_connected: false,
        consumers_count: 1,
        group_id: 'desk',
      });
    });
  });
});
