import { expect } from 'chai';
import { keysOf } from '../../../src/redis/cluster/command-keys.js';
import { keySlot } from '../../../src/redis/cluster/key-slot.js';

describe(keySlot.name, () => {
  // As CLUSTER KEYSLOT of redis-server 7.0.15 gives them.
  const vectors: readonly (readonly [string, number])[] = [
    ['', 0],
    ['123456789', 12739],
    ['a', 15495],
    ['b', 3300],
    ['c', 7365],
    ['{user1000}.following', keySlot('user1000')],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', keySlot('{bar')],
    ['foo{bar}{zap}', keySlot('bar')],
  ];
  for (const [key, slot] of vectors) {
    it(`gives "${key}" slot ${slot}`, () => {
      expect(keySlot(key)).to.equal(slot);
    });
  }
});

describe(keysOf.name, () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['get', ['k'], ['k']],
    ['set', ['k', 'v', 'EX', '1'], ['k']],
    ['del', ['a', 'b'], ['a', 'b']],
    ['mset', ['a', '1', 'b', '2'], ['a', 'b']],
    ['blpop', ['a', 'b', '5'], ['a', 'b']],
    ['evalsha', ['sha', '2', 'a', 'b', 'arg'], ['a', 'b']],
    ['eval', ['source', '0', 'arg'], []],
    ['xread', ['COUNT', '1', 'STREAMS', 'a', 'b', '0', '0'], ['a', 'b']],
    ['xgroup', ['CREATE', 'a', 'g', '$'], ['a']],
    ['publish', ['channel', 'message'], []],
    ['scan', ['0', 'MATCH', '*'], []],
  ];
  for (const [name, args, keys] of cases) {
    it(`finds those of ${name.toUpperCase()} ${args.join(' ')}`, () => {
      expect(keysOf({ name, args })).to.deep.equal(keys);
    });
  }
});
