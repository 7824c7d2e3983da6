import { expect } from 'chai';
import { nearest } from '../../../src/errors/nearest.js';

describe(nearest.name, () => {
  for (const [name, candidate, isNear] of [
    ['Clock', 'Clock', true],
    ['Clock', 'clock', true],
    ['Clock', 'Clocks', true],
    ['Clock', 'Clk', true],
    ['Clock', 'Close', true],
    ['Clock', 'Cleek', true],
    ['Clock', 'Lcock', true],
    ['Clock', 'Block!', true],
    ['Clock', 'xxCloc', false],
    ['Clock', 'Kafka', false],
    ['Clock', 'Clerk!', false],
    ['Clock', 'Clocking', false],
    ['Clock', 'Cl', false],
    ['Clock', 'Tick', false],
    // Of a short name everything is within two edits: half of it counts.
    ['Bus', 'Bud', true],
    ['Bus', 'Bid', false],
    ['A', 'B', false],
    // Of a long name a third counts.
    ['RedisClientProtocol', 'RedisClntPrtcl', true],
    ['RedisClientProtocol', 'RedisProtocol', true],
    ['RedisClientProtocol', 'RedisProto', false],
    ['RedisClientProtocol', 'KafkaClientProtocol', true],
    ['RedisClientProtocol', 'KafkaPublisherProtocol', false],
  ] as const) {
    it(`${isNear ? 'takes' : 'does not take'} ${candidate} for ${name}`, () => {
      expect(nearest(name, [candidate])).to.deep.equal(isNear ? [candidate] : []);
    });
  }

  it('gives the best first, of equals by their letters, three at most and each once', () => {
    const candidates = ['Clicks', 'Clocks', 'block', 'Clack', 'Clocks', 'Clock', 'Kafka'];
    expect(nearest('Clock', candidates)).to.deep.equal(['Clock', 'block', 'Clack']);
    expect(nearest('Clock', candidates.toReversed())).to.deep.equal(['Clock', 'block', 'Clack']);
  });
});
