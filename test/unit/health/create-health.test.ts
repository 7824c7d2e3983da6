import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  type ApplicationPhase,
  type Component,
  type ComponentState,
  createHealth,
  type Health,
  type HealthAnswer,
  type HealthSource,
} from '../../../src/index.js';

const since = new Date('2026-11-21T22:00:00.000Z');

interface Fake extends Component {
  status: Component['status'];
}

function component(name: string, state: ComponentState, more: Partial<Component> = {}): Fake {
  return { name, status: { state, since, reconnects: 0 }, ...more };
}

function healthOf(components: readonly Component[], more: Partial<HealthSource> = {}): Health {
  return createHealth({ service: 'desk', components, ...more });
}

function bodyOf({ body }: HealthAnswer): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>;
}

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

    it('masks the secrets of instances, and of what says itself how it is JSON', async () => {
      class Pool {
        readonly host = 'db';
        readonly password = 'sesame';
        readonly target = { toJSON: (): string => 'postgres://u:sesame@db' };
      }
      const redis = component('redis', 'ready', { details: { url: new URL('redis://u:sesame@h') } });
      const check = (): Record<string, unknown> => ({ pool: new Pool(), pools: [new Pool()] });
      const health = healthOf([redis], { checks: [{ name: 'db', check }] });
      const { body } = await health.health({ details: true });
      const { components } = JSON.parse(body) as { components: Record<string, Record<string, unknown>> };
      expect(components['redis']?.['url']).to.equal('redis://u:***@h');
      expect(components['db']?.['pool']).to.deep.equal({
        host: 'db',
        password: '***',
        target: 'postgres://u:***@db',
      });
      const pages = [body, (await health.component('db', { details: true }))?.body];
      for (const page of pages) expect(page).to.be.a('string').that.does.not.include('sesame');
    });

    it("lets no check's details take the place of what health itself knows", async () => {
      const check = (): Record<string, unknown> => ({ state: 'green', required: 'no', since: 1, rows: 3 });
      const answer = await healthOf([], { checks: [{ name: 'db', check }] }).health({ details: true });
      const { components } = bodyOf(answer) as { components: Record<string, object> };
      expect(components['db']).to.deep.include({
        state: 'ready',
        required: true,
        since: '2026-11-21T22:46:01.500Z',
        rows: 3,
      });
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

  describe('checks', () => {
    it('are shared by concurrent callers, and true for a second', async () => {
      const check = sinon.stub().resolves();
      const health = healthOf([], { checks: [{ name: 'db', check }] });
      await Promise.all(Array.from({ length: 100 }, () => health.health()));
      expect(check.callCount).to.equal(1);
      clock.tick(999);
      await health.health();
      expect(check.callCount).to.equal(1);
      clock.tick(1);
      await health.health();
      expect(check.callCount).to.equal(2);
    });

    it('that hang have failed after their timeout, are told so, and are not begun again before they end', async () => {
      let end!: () => void;
      const signals: AbortSignal[] = [];
      const check = (signal: AbortSignal): Promise<void> => {
        signals.push(signal);
        return new Promise((resolve) => {
          end = resolve;
        });
      };
      const health = healthOf([], { checks: [{ name: 'db', timeoutMs: 300, check }] });
      const first = health.readyz({ details: true });
      await clock.tickAsync(300);
      expect(bodyOf(await first)).to.deep.equal({ status: 'not ready', reasons: ['db is unavailable'] });
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true]);
      const { components } = bodyOf(await health.health({ details: true })) as { components: { db: object } };
      expect(components.db).to.include({ last_error: 'no answer within 300 ms' });
      await clock.tickAsync(10_000);
      expect((await health.readyz()).status).to.equal(503);
      expect(signals).to.have.length(1);
      end();
      await clock.tickAsync(1_000);
      const again = health.readyz();
      end();
      expect((await again).status).to.equal(200);
      expect(signals).to.have.length(2);
    });

    it('may take as long as they like where their timeout is Infinity', async () => {
      const check = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 86_400_000));
      const answer = healthOf([], { checks: [{ name: 'db', timeoutMs: Infinity, check }] }).readyz();
      await clock.tickAsync(86_400_000);
      expect((await answer).status).to.equal(200);
    });

    it('that are slow hold up nobody who may have an answer a little older', async () => {
      let isSlow = false;
      const check = (): Promise<void> =>
        isSlow ? new Promise((resolve) => void setTimeout(resolve, 900)) : Promise.resolve();
      const health = healthOf([], { checks: [{ name: 'db', check }] });
      await health.health();
      isSlow = true;
      clock.tick(1_000);
      const begun = performance.now();
      const answers = Promise.all(Array.from({ length: 50 }, () => health.health()));
      await clock.tickAsync(20);
      expect((await answers).map(({ status }) => status)).to.deep.equal(
        Array.from({ length: 50 }, () => 200),
      );
      expect(performance.now() - begun).to.equal(20);
      await clock.tickAsync(900);
    });

    it('are waited for where the last answer is too old', async () => {
      let passes = true;
      const check = (): void => {
        if (!passes) throw new Error('gone');
      };
      const health = healthOf([], { checks: [{ name: 'db', check }] });
      expect((await health.readyz()).status).to.equal(200);
      passes = false;
      clock.tick(60_000);
      expect((await health.readyz()).status).to.equal(503);
    });

    it('may fail without making the service unready where they are not required', async () => {
      const health = healthOf([component('redis', 'ready')], {
        checks: [
          { name: 'mail', required: false, check: () => Promise.reject(new Error('gone, password=sesame')) },
        ],
      });
      expect((await health.readyz()).status).to.equal(200);
      const answer = await health.component('mail', { details: true });
      expect(answer?.status).to.equal(503);
      expect(bodyOf(answer as HealthAnswer)).to.include({
        status: 'unhealthy',
        last_error: 'gone, password=***',
      });
    });
  });

  describe('since of a check', () => {
    it('is when it began to pass or to fail, not when it was asked last', async () => {
      let passes = true;
      const check = (): void => {
        if (!passes) throw new Error('gone');
      };
      const health = healthOf([], { checks: [{ name: 'db', check }] });
      const sinceOf = async (): Promise<unknown> => {
        const answer = await health.component('db', { details: true });
        return bodyOf(answer as HealthAnswer)['since'];
      };
      expect(await sinceOf()).to.equal('2026-11-21T22:46:01.500Z');
      clock.tick(60_000);
      expect(await sinceOf()).to.equal('2026-11-21T22:46:01.500Z');
      passes = false;
      clock.tick(60_000);
      expect(await sinceOf()).to.equal('2026-11-21T22:48:01.500Z');
      clock.tick(60_000);
      expect(await sinceOf()).to.equal('2026-11-21T22:48:01.500Z');
      passes = true;
      clock.tick(60_000);
      expect(await sinceOf()).to.equal('2026-11-21T22:50:01.500Z');
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
