import { expect } from 'chai';
import * as sinon from 'sinon';
import { createHealth, type HealthAnswer } from '../../../src/index.js';
import { bodyOf, component, healthOf } from '../../support/health.js';

describe(`the checks and details of ${createHealth.name}`, () => {
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

  describe('details', () => {
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
      const told = { state: 'green', required: 'no', since: 1, rows: 3 };
      const answer = await healthOf([], { checks: [{ name: 'db', check: () => told }] }).health({
        details: true,
      });
      const { components } = bodyOf(answer) as { components: Record<string, object> };
      expect(components['db']).to.deep.include({
        state: 'ready',
        required: true,
        since: '2026-11-21T22:46:01.500Z',
        rows: 3,
      });
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
      const dayMs = 86_400_000;
      const check = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, dayMs));
      const answer = healthOf([], { checks: [{ name: 'db', timeoutMs: Infinity, check }] }).readyz();
      await clock.tickAsync(dayMs);
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
});
