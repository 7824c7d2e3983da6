import { once } from 'node:events';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { createEndpoint } from '../../../src/redis/endpoint.js';
import type { Link } from '../../../src/redis/link.js';
import { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { openLink } from '../../support/redis-helpers.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { conversationsOnCollections } from './conversations-on-collections.js';
import { type Answer, conversations, type Line, plain } from './conversations.js';

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

/** The members of a set stand in no order. */
function comparable(line: Line, answer: Answer): Answer {
  return line.startsWith('smembers') && Array.isArray(answer) ? (answer as string[]).toSorted() : answer;
}

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

      it('are right in RESP2, byte for byte, subscriptions included', async () => {
        const endpoint = createEndpoint({ clientId: 'probe', url: url() });
        const stream = await endpoint.dial(new AbortController().signal);
        stream.setEncoding('utf8');
        let received = '';
        stream.on('data', (text: string) => (received += text));
        const closed = once(stream, 'close');
        for (const [request] of plain) stream.write(`${request}\r\n`);
        await closed;
        expect(received).to.equal(plain.map(([, answer]) => answer).join(''));
      });

      for (const [topic, lines] of Object.entries({ ...conversations, ...conversationsOnCollections })) {
        it(`are right on ${topic}`, async () => {
          for (const [line, answer] of lines) expect(await ask(link, line), line).to.deep.equal(answer);
        });
      }
    });
  }

  it('are the same from both on any glob pattern', async () => {
    const unit = fc.constantFrom('a', 'b', 'c', '*', '?', '[', ']', '^', '-', '\\');
    const text = fc.array(unit, { minLength: 1, maxLength: 8 }).map((units) => units.join(''));
    const sides = await Promise.all(['memory://', real.url].map(openLink));
    try {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(text, { maxLength: 4 }), text, async (keys, pattern) => {
          const [ours, theirs] = await Promise.all(
            sides.map(async (link) => {
              await link.redis.call('flushall');
              for (const key of keys) await link.redis.call('set', key, 'x');
              return ((await link.redis.call('keys', pattern)) as string[]).toSorted();
            }),
          );
          expect(ours).to.deep.equal(theirs);
        }),
        { numRuns: 1000 },
      );
    } finally {
      for (const link of sides) link.redis.disconnect();
    }
  });

  it('are the same from both on any score', async () => {
    const sides = await Promise.all(['memory://', real.url].map(openLink));
    try {
      await fc.assert(
        fc.asyncProperty(fc.double({ noNaN: true }), async (score) => {
          const text = Number.isFinite(score) ? String(score) : score > 0 ? '+inf' : '-inf';
          const [ours, theirs] = await Promise.all(
            sides.map(async (link) => {
              await link.redis.call('zadd', 'score', text, 'm');
              return link.redis.call('zscore', 'score', 'm');
            }),
          );
          expect(ours).to.equal(theirs);
        }),
        // Halfway between two texts: C takes the even one.
        { numRuns: 500, examples: [[645741715675.453125], [-645741715675.453125], [645741715675.484375]] },
      );
    } finally {
      for (const link of sides) link.redis.disconnect();
    }
  });

  it('are the same from both on any conversation of two connections', async () => {
    const word = fc.constantFrom('a', 'b', '1', '-1', "''");
    const key = fc.constantFrom('k', 'l');
    const command = fc.oneof(
      ...['get', 'incr', 'getdel', 'strlen', 'del', 'exists', 'persist', 'type', 'llen', 'watch', 'ttl'].map(
        (name) => key.map((k) => `${name} ${k}`),
      ),
      ...['lpop', 'rpop', 'scard', 'smembers', 'zcard', 'hlen', 'hgetall', 'hkeys'].map((name) =>
        key.map((k) => `${name} ${k}`),
      ),
      ...['set', 'setnx', 'append', 'rpush', 'lpush', 'incrby', 'sadd', 'srem', 'sismember'].map((name) =>
        fc.tuple(key, word).map(([k, w]) => `${name} ${k} ${w}`),
      ),
      ...['zrem', 'zscore', 'hget', 'hdel', 'hexists', 'hmget', 'lpop', 'blpop'].map((name) =>
        fc.tuple(key, word).map(([k, w]) => `${name} ${k} ${w === '1' ? '0.001' : w}`),
      ),
      ...['zadd', 'zincrby', 'hset', 'hincrby', 'zrange', 'zrangebyscore', 'zremrangebyscore', 'lrange'].map(
        (name) => fc.tuple(key, word, word).map(([k, v, w]) => `${name} ${k} ${v} ${w}`),
      ),
      ...['zrange k 0 -1 withscores', 'zrangebyscore l -inf +inf withscores', 'zrangebyscore k (1 2'].map(
        (line) => fc.constant(line),
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
  for (const [who, line] of lines) answers.push([who, line, comparable(line, await ask(pair[who]!, line))]);
  return answers;
}
