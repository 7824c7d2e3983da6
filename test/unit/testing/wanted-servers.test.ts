import { expect } from 'chai';
import * as sinon from 'sinon';
import { SlipwayError } from '../../../src/index.js';
import { wantedServers } from '../../../src/testing/real/real-servers.js';

describe(wantedServers.name, () => {
  let env: sinon.SinonStub;

  beforeEach(() => {
    env = sinon.stub(process, 'env');
  });
  afterEach(() => env.restore());

  for (const [value, servers] of [
    [undefined, 'memory'],
    ['', 'memory'],
    ['0', 'memory'],
    ['1', 'real'],
  ] as const) {
    it(`are ${servers} where SLIPWAY_TEST_REAL is ${value ?? 'not set'}`, () => {
      env.value(value === undefined ? {} : { SLIPWAY_TEST_REAL: value });
      expect(wantedServers()).to.equal(servers);
    });
  }

  for (const value of ['true', '2', ' ']) {
    it(`are not guessed where SLIPWAY_TEST_REAL is ${JSON.stringify(value)}`, () => {
      env.value({ SLIPWAY_TEST_REAL: value });
      expect(wantedServers)
        .to.throw(SlipwayError, `SLIPWAY_TEST_REAL is ${JSON.stringify(value)}: give it 1`)
        .with.property('code', 'SLIPWAY_TESTING_SERVERS');
    });
  }
});
