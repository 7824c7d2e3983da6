import { expect } from 'chai';
import * as sinon from 'sinon';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  infrastructure,
  loadSettings,
  Provider,
  RedisClientProtocol,
  Scope,
  token,
} from '../../../src/index.js';
import { stub, testApplication } from '../../../src/testing/index.js';
import { quiet } from '../../support/container/deferred.js';

const Greeting = token<string>()('Greeting');
const greetings = new Provider('greetings').provide(Greeting, {
  scope: Scope.REQUEST,
  inject: [RedisClientProtocol],
  create: async (redis) => `hello ${String(await redis.get('name'))}`,
});
const providers = [infrastructure(loadSettings({ SERVICE_NAME: 'test' })), greetings] as const;

const limitBytes = 3_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface State {
  readonly bytes: number;
  /** What keeps the event loop alive; mocha's own timer of the test included. */
  readonly handles: readonly string[];
}

/** The least of a few looks: what is collected late must not count, what leaks is in every one. */
async function stateNow(): Promise<State> {
  let bytes = Infinity;
  for (let look = 0; look < 4; look += 1) {
    await quiet();
    collectGarbage();
    bytes = Math.min(bytes, process.memoryUsage().heapUsed);
  }
  return { bytes, handles: process.getActiveResourcesInfo().toSorted() };
}

async function startAndStop(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await using app = await testApplication(providers, {
      // Each has its own: a stub remembers its calls.
      overrides: [[RedisClientProtocol, stub(RedisClientProtocol)]],
    });
    await using request = app.enter();
    expect(await request.get(Greeting)).to.equal('hello null');
    // As after each test: until then sinon keeps every stub.
    sinon.restore();
  }
}

describe('1000 test applications, started and stopped', function () {
  this.timeout(120_000);

  it('leave no handle, and less than 3 kB each', async () => {
    await startAndStop(50);
    const before = await stateNow();
    await startAndStop(1_000);
    const after = await stateNow();
    expect(after.handles).to.deep.equal(before.handles);
    expect(after.bytes - before.bytes).to.be.below(limitBytes);
  });
});
