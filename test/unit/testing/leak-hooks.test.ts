import { expect } from 'chai';
import { join } from 'node:path';
import { leakHooks } from '../../../src/testing/index.js';
import { projectRoot } from '../../support/project-root.js';
import { type Run, run } from '../../support/run.js';

const fixtures = join(projectRoot, 'build', 'test', 'fixtures');

describe(leakHooks.name, function () {
  this.timeout(60_000);
  let careless: Run;

  before(async () => {
    const mocha = join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const hooks = ['--require', join(fixtures, 'leak-hooks.fixture.js')];
    // It is left with what it leaves open.
    const args = ['--no-config', '--exit', ...hooks, join(fixtures, 'careless.fixture.js')];
    careless = await run(process.execPath, [mocha, ...args], { cwd: projectRoot });
  });

  /** All that the report says of a test that failed. */
  function failureOf(test: string): string {
    const [, ...blocks] = careless.output.split(/\n\s+\d+\) Careless\n/);
    return blocks.filter((block) => block.trimStart().startsWith(`${test}:`)).join('\n');
  }

  it('fails the tests that leave something open and goes on with the others', () => {
    expect(careless.exitCode).to.be.greaterThan(0);
    expect(careless.output).to.include('13 passing').and.to.include('13 failing');
    expect(careless.output).to.include('is not blamed for those before it');
  });

  for (const [test, kind] of [
    ['leaves a scope', 'REQUEST scope'],
    ['leaves an application', 'TestApplication that was not stopped'],
    ['leaves a subscription', 'Redis subscription'],
    ['leaves a subscription to a stream', 'Redis subscription'],
    ['leaves a consumer', 'EventConsumer that was not stopped'],
    ['leaves a Redis client', 'RedisClient that was not stopped'],
    ['leaves a Redis client that it stopped and started anew', 'RedisClient that was not stopped'],
    ['leaves a publisher', 'KafkaBus that was not stopped'],
    ['leaves a Redis', 'memoryRedis() that was not closed'],
    ['leaves a timer', 'Timeout'],
    ['leaves a server', 'TCPServerWrap'],
    ['fails by itself, and leaves a timer too', 'Timeout'],
  ] as const) {
    it(`names what was left by the test that ${test}`, () => {
      expect(failureOf(test)).to.include(`"Careless ${test}" left open:\n  ${kind}\n`);
    });
  }

  it('rejects where the runner is another one, which calls it from hooks of its own', async () => {
    const hooks = leakHooks({ settleMs: 0 });
    await hooks.beforeEach();
    const timers = Array.from({ length: 100 }, () => setTimeout(() => undefined, 60_000));
    const leak = await hooks.afterEach().catch((error: unknown) => error);
    for (const timer of timers) clearTimeout(timer);
    expect(leak)
      .to.have.property('message')
      .that.matches(/^ {2}Timeout \(\d+ times\)$/m);
    await hooks.beforeEach.call(undefined);
  });

  it('says that suites are those of mocha', async () => {
    const refusal = await leakHooks({ per: 'suite' })
      .beforeAll()
      .catch((error: unknown) => error);
    expect(refusal).to.have.property('message').that.includes("leave it at per: 'test'");
  });

  it('leaves alone who closes what it opens', () => {
    expect(failureOf('closes what it opens')).to.equal('');
    expect(failureOf('is not blamed')).to.equal('');
  });
});
