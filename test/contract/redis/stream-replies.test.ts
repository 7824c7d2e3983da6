import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Link } from '../../../src/redis/link.js';
import { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { openLink } from '../../support/redis-helpers.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';

async function ask(link: Link, line: string): Promise<unknown> {
  const [name = '', ...args] = line.split(' ');
  try {
    return comparable(await link.redis.call(name, ...args));
  } catch (error) {
    return `!${(error as Error).message}`;
  }
}

/** Without what tells of the server's inner tree, and of the moment. */
function comparable(reply: unknown): unknown {
  if (reply instanceof Error) return `!${reply.message}`;
  if (!Array.isArray(reply)) return reply;
  const items = reply.map(comparable);
  if (items[0] !== 'length') return items;
  return items.filter((_, index) => !String(items[index - (index % 2)]).startsWith('radix-tree'));
}

/** Said on a fresh connection to an empty server. */
const conversations: Readonly<Record<string, readonly string[]>> = {
  'entries and their ids': [
    'xadd s 5-1 a 1',
    'xadd s 5-1 a 2',
    'xadd s 4 a 2',
    'xadd s 5-* a 2 b 3',
    'xadd s 7 a 3',
    'xadd s 0-0 a 3',
    'xadd t 0-* a 1',
    'xadd u 0-0 a 1',
    'xadd s x a 3',
    'xadd s 8-1',
    'xadd s 8-1 a',
    'xadd s 18446744073709551615-18446744073709551615 last 1',
    'xadd s * a 3',
    'xadd s 18446744073709551616-1 a 3',
    'xlen s',
    'xlen none',
    'type s',
    'get s',
    'set k v',
    'xadd k * a 1',
    'xlen k',
    'xadd none nomkstream * a 1',
    'exists none',
    'del s',
    'xlen s',
  ],
  ranges: [
    ...Array.from({ length: 6 }, (_, index) => `xadd s ${index + 1}-${index} n ${index}`),
    'xrange s - +',
    'xrange s 2 4',
    'xrange s 3-2 3-2',
    'xrange s (2-1 (5-4',
    'xrange s (2 + count 2',
    'xrange s 9 +',
    'xrange s + -',
    'xrange s - + count 0',
    'xrange s - + count',
    'xrange s x +',
    'xrevrange s + - count 2',
    'xrevrange s 4 2',
    'xrange none - +',
    'xdel s 3-2 9-9',
    'xrange s - +',
    'xinfo stream s',
  ],
  trimming: [
    ...Array.from({ length: 250 }, (_, index) => `xadd s ${index + 1}-0 n ${index}`),
    'xadd s maxlen ~ 200 300-0 n x',
    'xlen s',
    'xadd s maxlen ~ 100 301-0 n x',
    'xlen s',
    'xtrim s maxlen 20',
    'xtrim s maxlen = 10',
    'xtrim s maxlen ~ 5',
    'xinfo stream s',
    'xtrim s minid 300',
    'xrange s - +',
    'xtrim s bogus 1',
    'xtrim s maxlen -1',
    'xtrim s maxlen 1 limit 5',
    'xtrim none maxlen 1',
    'xadd s maxlen 0 400-0 n x',
    'xinfo stream s',
    'xadd s maxlen 1 401-0 n x',
    'xadd s minid = 401 402-0 n x',
    'xlen s',
  ],
  'reading of streams': [
    'xadd s 1-1 a 1',
    'xadd s 2-1 a 2',
    'xadd t 1-1 b 1',
    'xread streams s 0',
    'xread count 1 streams s t 0 0',
    'xread streams s $',
    'xread block 10 streams s $',
    'xread streams s 1-1',
    'xread streams s',
    'xread streams s t 0',
    'xread bogus 1 streams s 0',
    'xread block 10 streams none 0',
  ],
  groups: [
    'xgroup create s g $',
    'xgroup create s g $ mkstream',
    'xgroup create s g 0',
    'xinfo groups s',
    'xadd s 1-0 n 1',
    'xadd s 2-0 n 2',
    'xadd s 3-0 n 3',
    'xinfo groups s',
    'xreadgroup group g one count 2 streams s >',
    'xinfo groups s',
    'xpending s g',
    'xreadgroup group g two streams s >',
    'xreadgroup group g two streams s >',
    'xreadgroup group g two block 10 streams s >',
    'xreadgroup group g one streams s 0',
    'xreadgroup group g one streams s 1-0',
    'xreadgroup group g three streams s 0',
    'xpending s g',
    'xack s g 1-0 9-9',
    'xack s g 1-0',
    'xack none g 1-0',
    'xdel s 2-0',
    'xreadgroup group g one streams s 0',
    'xinfo groups s',
    'xautoclaim s g three 0 0',
    'xpending s g',
    'xautoclaim s g three 60000 0 count 1',
    'xautoclaim s none three 0 0',
    'xreadgroup group none one streams s >',
    'xreadgroup group g one streams none >',
    'xgroup create s late $',
    'xgroup create s early 0',
    'xinfo groups s',
    'xreadgroup group early one streams s >',
    'xinfo groups s',
    'xgroup setid s early 0',
    'xinfo groups s',
    'xgroup destroy s late',
    'xgroup destroy s late',
    'xinfo groups none',
    'xinfo stream none',
    'xinfo stream s',
  ],
  'groups and trimming': [
    'xgroup create s g 0 mkstream',
    ...Array.from({ length: 5 }, (_, index) => `xadd s ${index + 1}-0 n ${index}`),
    'xreadgroup group g one count 2 streams s >',
    'xtrim s maxlen 1',
    'xinfo groups s',
    'xinfo stream s',
    'xreadgroup group g one streams s >',
    'xreadgroup group g one streams s 0',
    'xinfo groups s',
    'xautoclaim s g two 0 -',
    'multi',
    'xread block 0 streams s $',
    'xreadgroup group g one block 0 streams s >',
    'exec',
  ],
};

describe('replies of servers on streams', () => {
  let real: RunningRedis;
  let sides: readonly Link[];

  before(async () => {
    real = await startRedis();
  });

  beforeEach(async () => {
    sides = await Promise.all(['memory://', real.url].map(openLink));
    for (const link of sides) await link.redis.call('flushall');
  });

  afterEach(async () => {
    for (const link of sides) link.redis.disconnect();
    await Promise.all(sides.map(({ closed }) => closed));
  });

  after(() => real[Symbol.asyncDispose]());

  for (const [topic, lines] of Object.entries(conversations)) {
    it(`are from ${MemoryRedisServer.name} what they are from a real one: ${topic}`, async () => {
      for (const line of lines) {
        const [ours, theirs] = await Promise.all(sides.map((link) => ask(link, line)));
        expect(ours, line).to.deep.equal(theirs);
      }
    });
  }

  it('are the same from both on any conversation', async () => {
    const id = fc.constantFrom('0', '1', '2-1', '3', '4-0', '5');
    const command = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('xadd s 6-* n 1', 'xadd s 7-* n 1', 'xadd s 8-* n 1') },
      id.map((at) => `xadd s ${at}-* n 1`),
      id.map((at) => `xadd s maxlen 3 ${at}-* n 1`),
      id.map((at) => `xrange s ${at} +`),
      id.map((at) => `xread count 2 streams s ${at}`),
      fc.constantFrom('6-0', '6-1', '7-0', '8-0').map((at) => `xdel s ${at}`),
      fc.nat(4).map((length) => `xtrim s maxlen ${length}`),
      fc.constantFrom('0', '$', '6-0').map((at) => `xgroup create s g ${at} mkstream`),
      fc
        .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('>', '>', '0'))
        .map(([who, from]) => `xreadgroup group g ${who} count 2 streams s ${from}`),
      fc.constantFrom('6-0', '6-1', '7-0', '8-0').map((at) => `xack s g ${at}`),
      fc.constantFrom('a', 'b').map((who) => `xautoclaim s g ${who} 0 0 count 2`),
      fc.constantFrom('xinfo stream s', 'xinfo groups s', 'xpending s g', 'xlen s', 'del s'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (lines) => {
        const [ours, theirs] = await Promise.all(
          sides.map(async (link) => {
            await link.redis.call('flushall');
            const answers: unknown[] = [];
            for (const line of lines) answers.push([line, await ask(link, line)]);
            return answers;
          }),
        );
        expect(ours).to.deep.equal(theirs);
      }),
      { numRuns: 300 },
    );
  });
});
