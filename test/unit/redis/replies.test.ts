import { expect } from 'chai';
import { RedisError } from '../../../src/index.js';
import { blpop } from '../../../src/redis/commands/blocking.js';
import { ping } from '../../../src/redis/commands/connection.js';
import { hgetall } from '../../../src/redis/commands/hashes.js';
import { deleteKey, scanStep } from '../../../src/redis/commands/keys.js';
import { scriptLoad } from '../../../src/redis/commands/scripts.js';
import { sismember, smembers } from '../../../src/redis/commands/sets.js';
import { zrange, zscore } from '../../../src/redis/commands/sorted-sets.js';
import { get, incr, mget, setex, setIfNotExists } from '../../../src/redis/commands/strings.js';
import { exec } from '../../../src/redis/commands/transactions.js';
import { replyErrorCode } from '../../../src/redis/reply-error.js';

describe(replyErrorCode.name, () => {
  for (const [text, code] of [
    ["OOM command not allowed when used memory > 'maxmemory'.", 'SLIPWAY_REDIS_OUT_OF_MEMORY'],
    ['NOREPLICAS Not enough good replicas to write.', 'SLIPWAY_REDIS_NO_REPLICAS'],
    ['MISCONF Redis is configured to save RDB snapshots', 'SLIPWAY_REDIS_NOT_PERSISTING'],
    ['BUSY Redis is busy running a script.', 'SLIPWAY_REDIS_BUSY'],
    [
      'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
      'SLIPWAY_REDIS_READ_ONLY',
    ],
    ['UNBLOCKED client unblocked via CLIENT UNBLOCK', 'SLIPWAY_REDIS_COMMAND'],
    ['BUSYGROUP Consumer Group name already exists', 'SLIPWAY_REDIS_COMMAND'],
  ] as const) {
    it(`knows ${text.split(' ', 1)[0]} as ${code}`, () => {
      expect(replyErrorCode(text)).to.equal(code);
    });
  }
});

describe('reading of replies', () => {
  const wrong: readonly (readonly [string, () => unknown])[] = [
    ['PING by OK', () => ping.decode('OK')],
    ['GET by a number', () => get('k').decode(1)],
    ['SETEX by nil', () => setex('k', 1, 'v').decode(null)],
    ['SET NX by QUEUED', () => setIfNotExists('k', 'v').decode('QUEUED')],
    ['DEL by a string', () => deleteKey('k').decode('1')],
    ['SCAN by a string', () => scanStep('0', '*').decode('0')],
    ['EXEC by a string', () => exec.decode('OK')],
    ['MGET by a string', () => mget('k').decode('x')],
    ['SMEMBERS by a number', () => smembers('k').decode(1)],
    ['SISMEMBER by 2', () => sismember('k', 'm').decode(2)],
    ['HGETALL by a string', () => hgetall('k').decode('x')],
    ['ZSCORE by text that is no number', () => zscore('k', 'm').decode('x')],
    ['ZRANGE by nil', () => zrange('k', 0, 1).decode(null)],
    ['BLPOP by a string', () => blpop(['k'], 1).decode('x')],
    ['SCRIPT LOAD by nil', () => scriptLoad('return 1').decode(null)],
  ];
  for (const [what, decode] of wrong) {
    it(`refuses ${what}, and does not claim that nothing was done`, () => {
      expect(decode).to.throw(RedisError, 'Is this a Redis server?').with.property('maybeApplied', true);
    });
  }

  it('does not pass on a number that JavaScript cannot hold exactly', () => {
    expect(incr('k').decode(Number.MAX_SAFE_INTEGER)).to.equal(2 ** 53 - 1);
    expect(() => incr('k').decode(2 ** 53))
      .to.throw(RedisError, '2^53')
      .with.property('maybeApplied', true);
  });

  it('reads a hash as the driver gives it and as it stands in the replies of EXEC', () => {
    const { decode } = hgetall('k');
    expect(decode({ a: '1' })).to.deep.equal({ a: '1' });
    expect(decode(['a', '1', '__proto__', '2'])).to.deep.equal(
      Object.fromEntries([
        ['a', '1'],
        ['__proto__', '2'],
      ]),
    );
  });

  it('reads the infinities', () => {
    const { decode } = zscore('k', 'm');
    expect([decode('inf'), decode('-inf'), decode(null)]).to.deep.equal([Infinity, -Infinity, null]);
  });

  it('reads the PONG of a RESP2 connection with subscriptions', () => {
    expect(ping.decode(['pong', ''])).to.equal(true);
  });
});
