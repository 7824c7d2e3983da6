import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Link } from '../../../src/redis/link.js';
import { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { openLink } from '../../support/redis-helpers.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';

/** A command as it is typed, words apart by spaces; `''` is an empty word. */
type Line = string;

/** What a server answers, errors as their text. */
type Answer = unknown;

async function ask(link: Link, line: Line): Promise<Answer> {
  const [name = '', ...args] = line.split(' ').map((word) => (word === "''" ? '' : word));
  try {
    return asText(await link.redis.call(name, ...args));
  } catch (error) {
    return `!${(error as Error).message}`;
  }
}

function asText(reply: unknown): unknown {
  if (reply instanceof Error) return `!${reply.message}`;
  return Array.isArray(reply) ? reply.map(asText) : reply;
}

const wrongType = '!WRONGTYPE Operation against a key holding the wrong kind of value';
const notInteger = '!ERR value is not an integer or out of range';

const conversations: Readonly<Record<string, readonly (readonly [Line, Answer])[]>> = {
  'SET and its options': [
    ['set k v', 'OK'],
    ['set k w nx', null],
    ['set k w xx', 'OK'],
    ['set none w xx', null],
    ['set k x get', 'w'],
    ['set k y nx get', 'x'],
    ['set new y nx get', null],
    ['get new', 'y'],
    ['set k x ex 100', 'OK'],
    ['ttl k', 100],
    ['set k x keepttl', 'OK'],
    ['ttl k', 100],
    ['set k x', 'OK'],
    ['ttl k', -1],
    ['set k x px 1500', 'OK'],
    ['set k x ex 0', "!ERR invalid expire time in 'set' command"],
    ['set k x ex -1', "!ERR invalid expire time in 'set' command"],
    ['set k x ex 1.5', notInteger],
    ['set k x nx xx', '!ERR syntax error'],
    ['set k x ex 1 px 1', '!ERR syntax error'],
    ['set k x ex 1 keepttl', '!ERR syntax error'],
    ['set k x ex', '!ERR syntax error'],
    ['set k x bogus', '!ERR syntax error'],
    ["set '' ''", 'OK'],
    ["get ''", ''],
  ],
  'other string commands': [
    ['setex k 10 v', 'OK'],
    ['setex k 0 v', "!ERR invalid expire time in 'setex' command"],
    ['psetex k 10000 v', 'OK'],
    ['ttl k', 10],
    ['setnx k w', 0],
    ['setnx n w', 1],
    ['mget k n none', ['v', 'w', null]],
    ['strlen k', 1],
    ['append k w', 2],
    ['append fresh w', 1],
    ['ttl k', 10],
    ['incr c', 1],
    ['incrby c 10', 11],
    ['decr c', 10],
    ['decrby c 20', -10],
    ['incr k', notInteger],
    ['incrby c x', notInteger],
    ['getdel c', '-10'],
    ['getdel c', null],
  ],
  'keys and their time to live': [
    ['ttl none', -2],
    ['set k v', 'OK'],
    ['ttl k', -1],
    ['expire k 100', 1],
    ['ttl k', 100],
    ['expire k 50 gt', 0],
    ['expire k 200 gt', 1],
    ['expire k 300 lt', 0],
    ['expire k 100 lt', 1],
    ['expire k 5 nx', 0],
    ['expire k 5 xx', 1],
    ['expire k 5 nx xx', '!ERR NX and XX, GT or LT options at the same time are not compatible'],
    ['expire k 5 gt lt', '!ERR GT and LT options at the same time are not compatible'],
    ['expire k 5 bogus', '!ERR Unsupported option bogus'],
    ['expire k x', notInteger],
    ['persist k', 1],
    ['persist k', 0],
    ['expire k 5 gt', 0],
    ['expire k 5 xx', 0],
    ['pexpire k 5000', 1],
    ['ttl k', 5],
    ['expire none 5', 0],
    ['exists k k none', 2],
    ['type k', 'string'],
    ['type none', 'none'],
    ['expire k -1', 1],
    ['exists k', 0],
    ['set a 1', 'OK'],
    ['set b 2', 'OK'],
    ['dbsize', 2],
    ['del a b none', 2],
    ['unlink a', 0],
    ['keys *', []],
  ],
  'scan and glob': [
    ['set key:1 v', 'OK'],
    ['scan 0', ['0', ['key:1']]],
    ['scan 0 match key:? count 100', ['0', ['key:1']]],
    ['scan 0 match key:[!2] type string', ['0', []]],
    ['scan 0 type list', ['0', []]],
    ['scan 0 match key:[^2]', ['0', ['key:1']]],
    ['scan x', '!ERR invalid cursor'],
    ['scan 0 count 0', '!ERR syntax error'],
    ['scan 0 count', '!ERR syntax error'],
    ['scan 0 bogus 1', '!ERR syntax error'],
    ['keys key:*', ['key:1']],
    ['keys \\key:1', ['key:1']],
    ['keys key', []],
  ],
  'lists and wrong types': [
    ['rpush l a b', 2],
    ['lpush l c d', 4],
    ['lrange l 0 -1', ['d', 'c', 'a', 'b']],
    ['lrange l -2 -1', ['a', 'b']],
    ['lrange l 1 0', []],
    ['lrange l 0 -9', []],
    ['llen l', 4],
    ['llen none', 0],
    ['type l', 'list'],
    ['get l', wrongType],
    ['set l x get', wrongType],
    ['incr l', wrongType],
    ['getdel l', wrongType],
    ['strlen l', wrongType],
    ['append l x', wrongType],
    ['mget l', [null]],
    ['setnx l x', 0],
    ['set s x', 'OK'],
    ['rpush s x', wrongType],
    ['llen s', wrongType],
    ['set l x', 'OK'],
  ],
  transactions: [
    ['exec', '!ERR EXEC without MULTI'],
    ['discard', '!ERR DISCARD without MULTI'],
    ['multi', 'OK'],
    ['set k 1', 'QUEUED'],
    ['incr k', 'QUEUED'],
    ['get none', 'QUEUED'],
    ['exec', ['OK', 2, null]],
    ['multi', 'OK'],
    ['multi', '!ERR MULTI calls can not be nested'],
    ['watch k', '!ERR WATCH inside MULTI is not allowed'],
    ['set k 1', 'QUEUED'],
    ['exec', ['OK']],
    ['multi', 'OK'],
    ['set k', "!ERR wrong number of arguments for 'set' command"],
    ['set k 9', 'QUEUED'],
    ['exec', '!EXECABORT Transaction discarded because of previous errors.'],
    ['multi', 'OK'],
    ['bogus', "!ERR unknown command 'bogus', with args beginning with: "],
    ['exec', '!EXECABORT Transaction discarded because of previous errors.'],
    ['multi', 'OK'],
    ['set k 2', 'QUEUED'],
    ['rpush k 2', 'QUEUED'],
    ['set k 3', 'QUEUED'],
    ['exec', ['OK', wrongType, 'OK']],
    ['get k', '3'],
    ['multi', 'OK'],
    ['set k 4', 'QUEUED'],
    ['discard', 'OK'],
    ['get k', '3'],
    ['watch k', 'OK'],
    ['set k 5', 'OK'],
    ['multi', 'OK'],
    ['get k', 'QUEUED'],
    ['exec', null],
    ['watch k none', 'OK'],
    ['del none', 0],
    ['expire none 1', 0],
    ['multi', 'OK'],
    ['get k', 'QUEUED'],
    ['exec', ['5']],
    ['watch k', 'OK'],
    ['expire k 100', 1],
    ['multi', 'OK'],
    ['exec', null],
    ['watch k', 'OK'],
    ['del k', 1],
    ['unwatch', 'OK'],
    ['multi', 'OK'],
    ['exec', []],
    ['watch none', 'OK'],
    ['flushall', 'OK'],
    ['multi', 'OK'],
    ['exec', []],
    ['set k 1', 'OK'],
    ['watch k', 'OK'],
    ['flushall', 'OK'],
    ['multi', 'OK'],
    ['exec', null],
  ],
  'the connection': [
    ['ping', 'PONG'],
    ['ping hello', 'hello'],
    ['ping a b', "!ERR wrong number of arguments for 'ping' command"],
    ['echo hello', 'hello'],
    ['echo', "!ERR wrong number of arguments for 'echo' command"],
    ['select 16', '!ERR DB index is out of range'],
    ['select x', notInteger],
    ['set k zero', 'OK'],
    ['select 1', 'OK'],
    ['get k', null],
    ['select 0', 'OK'],
    ['get k', 'zero'],
    ['client setname me', 'OK'],
    ['client getname', 'me'],
    ['client bogus', "!ERR unknown subcommand 'bogus'. Try CLIENT HELP."],
    ['bogus a b', "!ERR unknown command 'bogus', with args beginning with: 'a' 'b' "],
    ['get', "!ERR wrong number of arguments for 'get' command"],
    ['hello 4', '!NOPROTO unsupported protocol version'],
    ['publish nobody x', 0],
    ['pubsub channels', []],
    ['pubsub numsub nobody', ['nobody', 0]],
  ],
};

describe('replies of servers', () => {
  let real: RunningRedis;

  before(async () => {
    real = await startRedis();
  });

  after(() => real[Symbol.asyncDispose]());

  const servers: readonly (readonly [string, () => string])[] = [
    [MemoryRedisServer.name, () => 'memory://'],
    ['a real redis-server', () => real.url],
  ];
  for (const [server, url] of servers) {
    describe(server, () => {
      let link: Link;

      beforeEach(async () => {
        link = await openLink(url());
        await ask(link, 'flushall');
      });

      afterEach(() => link.redis.disconnect());

      for (const [topic, lines] of Object.entries(conversations)) {
        it(`are right on ${topic}`, async () => {
          for (const [line, answer] of lines) expect(await ask(link, line), line).to.deep.equal(answer);
        });
      }
    });
  }

  it('are the same from both on any conversation of two connections', async () => {
    const word = fc.constantFrom('a', 'b', '1', '-1', "''");
    const key = fc.constantFrom('k', 'l');
    const command = fc.oneof(
      ...['get', 'incr', 'getdel', 'strlen', 'del', 'exists', 'persist', 'type', 'llen', 'watch', 'ttl'].map(
        (name) => key.map((k) => `${name} ${k}`),
      ),
      ...['set', 'setnx', 'append', 'rpush', 'lpush', 'incrby'].map((name) =>
        fc.tuple(key, word).map(([k, w]) => `${name} ${k} ${w}`),
      ),
      fc
        .tuple(key, word, fc.constantFrom('nx', 'xx', 'get', 'ex 100', 'keepttl', 'nx get', 'px'))
        .map(([k, w, option]) => `set ${k} ${w} ${option}`),
      fc
        .tuple(key, fc.constantFrom('100', '-1', 'x', '200 gt', '50 lt', '100 nx'))
        .map(([k, o]) => `expire ${k} ${o}`),
      ...['multi', 'exec', 'discard', 'unwatch', 'dbsize', 'get', 'bogus'].map((name) => fc.constant(name)),
    );
    const conversation = fc.array(fc.tuple(fc.nat(1), command), { maxLength: 40 });
    const sides = [await pairOf('memory://random-conversation'), await pairOf(real.url)] as const;
    try {
      await fc.assert(
        fc.asyncProperty(conversation, async (lines) => {
          const [ours, theirs] = await Promise.all(sides.map((pair) => hold(pair, lines)));
          expect(ours).to.deep.equal(theirs);
        }),
        { numRuns: 300 },
      );
    } finally {
      for (const link of sides.flat()) link.redis.disconnect();
    }
  });
});

async function pairOf(url: string): Promise<readonly Link[]> {
  return Promise.all([openLink(url), openLink(url)]);
}

async function hold(pair: readonly Link[], lines: readonly (readonly [number, Line])[]): Promise<Answer[]> {
  for (const link of pair) for (const line of ['discard', 'unwatch', 'flushall']) await ask(link, line);
  const answers: Answer[] = [];
  for (const [who, line] of lines) answers.push([who, line, await ask(pair[who]!, line)]);
  return answers;
}
