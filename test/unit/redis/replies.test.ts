import { expect } from 'chai';
import { RedisError } from '../../../src/index.js';
import { ping } from '../../../src/redis/commands/connection.js';
import { deleteKey, scanStep } from '../../../src/redis/commands/keys.js';
import { get, setex, setIfNotExists } from '../../../src/redis/commands/strings.js';
import { exec } from '../../../src/redis/commands/transactions.js';

describe('reading of replies', () => {
  const wrong: readonly (readonly [string, () => unknown])[] = [
    ['PING by OK', () => ping.decode('OK')],
    ['GET by a number', () => get('k').decode(1)],
    ['SETEX by nil', () => setex('k', 1, 'v').decode(null)],
    ['SET NX by QUEUED', () => setIfNotExists('k', 'v').decode('QUEUED')],
    ['DEL by a string', () => deleteKey('k').decode('1')],
    ['SCAN by a string', () => scanStep('0', '*').decode('0')],
    ['EXEC by a string', () => exec.decode('OK')],
  ];
  for (const [what, decode] of wrong) {
    it(`refuses ${what}, and does not claim that nothing was done`, () => {
      expect(decode).to.throw(RedisError, 'Is this a Redis server?').with.property('maybeApplied', true);
    });
  }

  it('reads the PONG of a RESP2 connection with subscriptions', () => {
    expect(ping.decode(['pong', ''])).to.equal(true);
  });
});
