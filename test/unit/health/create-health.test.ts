import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  type ApplicationPhase,
  type Component,
  type ComponentState,
  createHealth,
} from '../../../src/index.js';
import { bodyOf, component, healthOf, since } from '../../support/health.js';

describe(createHealth.name, () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => {
    clock = sinon.useFakeTimers({
      now: new Date('2026-11-21T22:46:01.500Z'),
      toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'],
    });
  });

  afterEach(() => {
    expect(clock.countTimers()).to.equal(0);
    clock.restore();
  });

  describe('health', () => {
    it("has the original's shape and nothing more where details are not allowed", async () => {
      const answer = await healthOf([component('redis', 'ready'), component('kafka', 'unavailable')], {
        version: '1.2.3',
      }).health();
      expect(answer).to.deep.include({ status: 200, contentType: 'application/json; charset=utf-8' });
      expect(bodyOf(answer)).to.deep.equal({
        status: 'degraded',
        service: 'desk',
        version: '1.2.3',
        services: { redis: 'healthy', kafka: 'disconnected' },
        timestamp: 1_795_301_161,
      });
    });

    it('tells states, times and errors without secrets where they are', async () => {
      const redis = component('redis', 'unavailable', {
        details: { url: 'redis://u:sesame@h', password: 'x' },
      });
      redis.status = { state: 'unavailable', since, reconnects: 2, lastError: 'lost redis://u:sesame@h' };
      const answer = await healthOf([redis], {
        checks: [{ name: 'disk', check: () => ({ free: 10n }) }],
      }).health({
        details: true,
      });
      const { components, services, status } = bodyOf(answer) as {
        components: Record<string, object>;
      } & Record<string, unknown>;
      expect(components['redis']).to.deep.equal({
        state: 'unavailable',
        since: since.toISOString(),
        reconnects: 2,
        required: true,
        last_error: 'lost redis://u:***@h',
        url: 'redis://u:***@h',
        password: '***',
      });
      expect(components['disk']).to.deep.include({ state: 'ready', free: '10' });
      expect(services).to.deep.equal({ redis: 'disconnected', disk: 'healthy' });
      expect(status).to.equal('degraded');
      expect(answer.body).to.not.include('sesame');
    });

    it('is 503 where nothing serves that is enabled', async () => {
      const answer = await healthOf([
        component('redis', 'unavailable'),
        component('kafka', 'disabled'),
      ]).health();
      expect(answer.status).to.equal(503);
      expect(bodyOf(answer)).to.include({ status: 'unhealthy' });
    });

    it('survives a component that throws at everything', async () => {
      const broken = {
        get name(): string {
          throw new Error('no');
        },
        get status(): Component['status'] {
          throw new Error('no');
        },
      };
      const answer = await healthOf([broken]).health({ details: true });
      expect(bodyOf(answer)).to.deep.include({ services: { unnamed: 'unknown' } });
    });

    for (const [accept, isDraft] of [
      ['application/health+json', true],
      ['text/html, application/health+json;q=0.9', true],
      ['application/json, application/health+json;q=0.5', false],
      ['application/health+json;q=0', false],
      ['*/*', false],
      [',;;q=,'.repeat(100_000), false],
      [undefined, false],
    ] as const) {
      it(`is ${isDraft ? '' : 'not '}application/health+json for ${accept?.slice(0, 60)}`, async () => {
        const answer = await healthOf([component('redis', 'degraded')]).health({ accept });
        expect(answer.contentType.startsWith('application/health+json')).to.equal(isDraft);
      });
    }

    it('as application/health+json has status, serviceId and checks', async () => {
      const kafka = component('kafka', 'unavailable');
      kafka.status = { ...kafka.status, lastError: 'lost' };
      const health = healthOf([component('redis', 'ready'), kafka], { version: '2' });
      const accept = 'application/health+json';
      const time = '2026-11-21T22:46:01.500Z';
      expect(bodyOf(await health.health({ accept }))).to.deep.equal({
        status: 'warn',
        serviceId: 'desk',
        version: '2',
        checks: {
          'redis:state': [
            {
              componentId: 'redis',
              componentType: 'component',
              observedValue: 'ready',
              status: 'pass',
              time,
            },
          ],
          'kafka:state': [
            {
              componentId: 'kafka',
              componentType: 'component',
              observedValue: 'unavailable',
              status: 'fail',
              time,
            },
          ],
        },
      });
      const { checks } = bodyOf(await health.health({ accept, details: true })) as {
        checks: Record<string, [object]>;
      };
      expect(checks['kafka:state']?.[0]).to.include({ output: 'lost', since: since.toISOString() });
    });
  });

  describe('redis', () => {
    it("has the original's fields by asking the server on its connection, once a second", async () => {
      const inspect = sinon
        .stub()
        .resolves({ version: '7.0.15', connected_clients: 3, used_memory_human: '1M' });
      const health = healthOf([component('redis', 'ready', { inspect, details: { address: 'redis://h' } })]);
      const [answer] = await Promise.all([health.redis(), health.redis()]);
      expect(bodyOf(answer)).to.deep.equal({
        status: 'healthy',
        service: 'redis',
        state: 'ready',
        version: '7.0.15',
        connected_clients: 3,
        used_memory_human: '1M',
        timestamp: '2026-11-21T22:46:01.500Z',
      });
      expect(inspect.callCount).to.equal(1);
      expect(bodyOf(await health.redis({ details: true }))).to.include({
        address: 'redis://h',
        reconnects: 0,
      });
    });

    it('asks nobody where Redis is away, and is 503', async () => {
      const inspect = sinon.stub();
      const answer = await healthOf([component('redis', 'unavailable', { inspect })]).redis();
      expect(answer.status).to.equal(503);
      expect(bodyOf(answer)).to.include({
        status: 'disconnected',
        version: null,
        detail: 'redis is unavailable',
      });
      expect(inspect.callCount).to.equal(0);
    });

    it('is disabled where nothing uses it', async () => {
      const answer = await healthOf([]).redis();
      expect(answer.status).to.equal(200);
      expect(bodyOf(answer)).to.include({ status: 'disabled', service: 'redis' });
    });
  });

  describe('kafka', () => {
    for (const [producer, consumer, status, body] of [
      [
        'ready',
        'ready',
        200,
        { status: 'healthy', running: true, producer_connected: true, consumers_count: 1 },
      ],
      ['ready', 'unavailable', 503, { status: 'disconnected', producer_connected: true, consumers_count: 0 }],
      [
        'unavailable',
        'ready',
        503,
        { status: 'disconnected', producer_connected: false, consumers_count: 1 },
      ],
      [
        'disabled',
        'ready',
        200,
        { status: 'healthy', running: true, producer_connected: false, consumers_count: 1 },
      ],
      ['stopped', 'stopped', 503, { status: 'disconnected', running: false, consumers_count: 0 }],
    ] as const) {
      it(`is ${status} where the producer is ${producer} and the consumer ${consumer}`, async () => {
        const answer = await healthOf([
          component('kafka', producer),
          component('kafka-consumer', consumer),
        ]).kafka();
        expect(answer.status).to.equal(status);
        expect(bodyOf(answer)).to.include({ ...body, service: 'kafka' });
      });
    }
  });

  describe('component', () => {
    it('is there for each by its name, and undefined for none', async () => {
      const health = healthOf([component('db', 'ready'), component('db', 'unavailable')]);
      expect((await health.component('db'))?.status).to.equal(200);
      expect((await health.component('db-2'))?.status).to.equal(503);
      expect(await health.component('constructor')).to.equal(undefined);
    });
  });

  describe('livez', () => {
    it('is 200 whatever has gone', async () => {
      const health = healthOf([component('redis', 'unavailable')], { lifecycle: { phase: 'stopping' } });
      expect((await health.livez()).status).to.equal(200);
      expect((await health.livez({ accept: 'application/health+json' })).body).to.include('"pass"');
    });
  });

  describe('readyz', () => {
    for (const [phase, status] of [
      ['starting', 503],
      ['started', 200],
      ['stopping', 503],
      ['stopped', 503],
    ] as const) {
      it(`is ${status} while the application is ${phase}`, async () => {
        const lifecycle: { phase: ApplicationPhase } = { phase };
        const answer = await healthOf([], { lifecycle }).readyz({ details: true });
        expect(answer.status).to.equal(status);
        if (status === 503) expect(bodyOf(answer)['reasons']).to.deep.equal([`the application is ${phase}`]);
      });
    }

    for (const [state, startup, status] of [
      ['ready', 'required', 200],
      ['degraded', 'required', 200],
      ['disabled', 'required', 200],
      ['unavailable', 'required', 503],
      ['unavailable', 'optional', 200],
      ['starting', 'required', 503],
    ] as const) {
      it(`is ${status} while what is ${startup} is ${state}`, async () => {
        const answer = await healthOf([component('redis', state, { startup })]).readyz();
        expect(answer.status).to.equal(status);
        expect(answer.body).to.not.include('redis');
      });
    }

    it('asks nothing that is not required, so that it waits for nothing of that kind', async () => {
      const check = sinon.stub().returns(new Promise(() => undefined));
      const health = healthOf([component('redis', 'ready'), component('kafka-consumer', 'ready')], {
        checks: [{ name: 'mail', required: false, check }],
      });
      expect((await health.readyz()).status).to.equal(200);
      expect((await health.kafka()).status).to.equal(200);
      expect((await health.redis()).status).to.equal(200);
      expect(check.callCount).to.equal(0);
    });

    it('as application/health+json names what is required', async () => {
      const components = [component('redis', 'ready'), component('db', 'ready', { startup: 'optional' })];
      const answer = await healthOf(components).readyz({ accept: 'application/health+json' });
      expect(Object.keys(bodyOf(answer)['checks'] as object)).to.deep.equal(['redis:state']);
    });

    it('gives a component the time away that it asks for, however its states change', async () => {
      const consumer = component('kafka-consumer', 'ready', { readinessGraceMs: 5_000 });
      const health = healthOf([consumer]);
      const enter = (state: ComponentState): void => {
        consumer.status = { state, since: new Date(), reconnects: 0 };
      };
      enter('unavailable');
      expect((await health.readyz()).status).to.equal(200);
      clock.tick(3_000);
      enter('starting');
      expect((await health.readyz()).status).to.equal(200);
      clock.tick(2_000);
      expect((await health.readyz()).status).to.equal(503);
      enter('ready');
      expect((await health.readyz()).status).to.equal(200);
      enter('starting');
      expect((await health.readyz()).status).to.equal(200);
    });
  });
});
