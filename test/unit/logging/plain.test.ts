import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { type LogContext, type LoggingOptions, RedisError } from '../../../src/index.js';
import { toPlain } from '../../../src/logging/plain.js';
import { memoryLogger } from '../../support/memory-log.js';

/** What a value under the key `value` of a line's context becomes. */
async function contextOf(context: unknown, options: Partial<LoggingOptions> = {}): Promise<unknown> {
  const { log, factory, logger } = memoryLogger(options);
  logger.info('x', context as LogContext);
  await factory.flush();
  return log.records[0]?.['context'];
}

async function plain(value: unknown, options: Partial<LoggingOptions> = {}): Promise<unknown> {
  return ((await contextOf({ value }, options)) as { value: unknown }).value;
}

describe(toPlain.name, () => {
  describe('values', () => {
    class Point {
      readonly x = 1;
      readonly #hidden = 2;
      get sum(): number {
        return this.x + this.#hidden;
      }
    }
    for (const [what, value, expected] of [
      ['a big integer', 2n ** 64n, '18446744073709551616'],
      ['NaN', Number.NaN, 'NaN'],
      ['infinity', -Infinity, '-Infinity'],
      ['null', null, null],
      ['a symbol', Symbol('a'), 'Symbol(a)'],
      ['a function', () => 1, '[function]'],
      ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
      ['an invalid date', new Date(Number.NaN), 'Invalid Date'],
      ['a map', new Map<string, unknown>([['a', new Map([['b', 1]])]]), { a: { b: 1 } }],
      [
        'a map with other keys',
        new Map<unknown, unknown>([
          [1, 'a'],
          ['token', 'x'],
          [{ pwd: 'x' }, undefined],
        ]),
        [
          [1, 'a'],
          ['token', '***'],
          [{ pwd: '***' }, null],
        ],
      ],
      ['a set', new Set([1, 'a']), [1, 'a']],
      ['a buffer', Buffer.from('secret'), '[Buffer of 6 bytes]'],
      ['bytes', new Float64Array(2), '[Float64Array of 16 bytes]'],
      ['an array buffer', new ArrayBuffer(3), '[ArrayBuffer of 3 bytes]'],
      ['a regular expression', /a+/g, '/a+/g'],
      ['a promise', Promise.resolve(1), '[Promise]'],
      ['a weak map', new WeakMap(), '[WeakMap]'],
      ['an instance', new Point(), { x: 1 }],
      ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
      ['undefined in an array', [undefined, 1], [null, 1]],
      ['a URL', new URL('redis://u:hunter2@h/0'), 'redis://u:***@h/0'],
      [
        'headers',
        new Headers({ authorization: 'Bearer x', accept: 'y' }),
        { accept: 'y', authorization: '***' },
      ],
      ['query parameters', new URLSearchParams({ token: 'x', a: 'y' }), { token: '***', a: 'y' }],
      ['a toJSON', { toJSON: () => ({ password: 'hunter2' }) }, { password: '***' }],
      ['an object of another realm', runInNewContext('({ a: [1] })'), { a: [1] }],
      ['one object twice', [(() => ({ a: 1 }))()].flatMap((each) => [each, each]), [{ a: 1 }, { a: 1 }]],
    ] as const) {
      it(what, async () => {
        expect(await plain(value)).to.deep.equal(expected);
      });
    }

    it('cycles', async () => {
      const value: Record<string, unknown> = { list: [] };
      value['self'] = value;
      (value['list'] as unknown[]).push(value);
      expect(await plain(value)).to.deep.equal({ list: ['[circular]'], self: '[circular]' });
    });

    it('getters, proxies and toJSON that throw, each without the rest of the line', async () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const value = {
        a: 1,
        get broken(): never {
          throw new Error('no');
        },
        proxy,
        json: {
          toJSON() {
            throw new Error('no');
          },
        },
      };
      const unreadable = '[unreadable]';
      expect(await plain(value)).to.deep.equal({
        a: 1,
        broken: unreadable,
        proxy: unreadable,
        json: unreadable,
      });
    });

    it('a toJSON that never ends', async () => {
      const endless = { toJSON: (): unknown => ({ ...endless }) };
      expect(await plain(endless)).to.equal('[too deep]');
    });

    it('keys that would change an object', async () => {
      const value: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}');
      const { log, factory, logger } = memoryLogger();
      logger.info('x', { value });
      await factory.flush();
      expect(log.text).to.contain('{"__proto__":{"polluted":1},"constructor":2}');
    });

    it('that are no record at run time', async () => {
      expect(await contextOf('text')).to.deep.equal({ value: 'text' });
      expect(await contextOf([1])).to.deep.equal({ value: [1] });
      expect(await contextOf(new Error('no'))).to.deep.equal({ error: { name: 'Error', message: 'no' } });
    });

    it('messages that are no text at run time', async () => {
      const { log, factory, logger } = memoryLogger();
      for (const message of [undefined, null, 1n, { a: 1 }, Object.create(null)] as unknown[]) {
        logger.info(message as string);
      }
      await factory.flush();
      expect(log.records.map((record) => record['message'])).to.deep.equal([
        'null',
        'null',
        '1',
        '{"a":1}',
        '{}',
      ]);
    });

    it('however large give a line of bounded size in bounded time', async () => {
      const { log, factory, logger } = memoryLogger();
      let nested: object = {};
      for (let depth = 0; depth < 100_000; depth += 1) nested = { nested };
      let looks = 0;
      const counted = Object.assign(Array(50_000).fill('one'), {
        *[Symbol.iterator]() {
          for (; looks < 50_000; looks += 1) yield 'one';
        },
      });
      const large = {
        nested,
        counted,
        sparse: Array.from({ length: 1 })
          .fill(0)
          .concat(Array(10 ** 8)),
        text: 'a'.repeat(10_000_000),
        wide: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index])),
        many: Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => 'text'.repeat(1000))),
        map: new Map(Array.from({ length: 50_000 }, (_, index) => [index, index])),
      };
      const message = 'x'.repeat(10_000_000);
      const started = performance.now();
      logger.info(message, large);
      // It takes some 50 ms; what looked at all of it would take minutes.
      expect(performance.now() - started).to.be.lessThan(10_000);
      expect(looks).to.be.within(100, 200);
      await factory.flush();
      expect(log.text.length).to.be.lessThan(200_000);
      const context = log.records[0]?.['context'] as Record<string, string>;
      expect(log.records[0]?.['message']).to.match(/^x{8192}\.\.\. \(10000000 characters\)$/);
      expect(context['text']).to.match(/^a{8192}\.\.\. \(10000000 characters\)$/);
      expect(JSON.stringify(context['nested'])).to.contain('[too deep]');
      expect(JSON.stringify(context['sparse'])).to.contain('[99999901 more]');
      expect(JSON.stringify(context['wide'])).to.contain('"[more]":49900');
      expect(JSON.stringify(context['many'])).to.contain('more]');
    });
  });

  describe('errors', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED redis://u:hunter2@h'), {
      code: 'ECONNREFUSED',
      command: { name: 'auth', args: ['hunter2'] },
    });
    const error = new RedisError('SLIPWAY_SETTINGS_INVALID', {
      message: 'No answer.',
      context: { clientId: 'desk-redis', nested: { password: 'hunter2' } },
      cause: new AggregateError([refused, 'text'], 'all failed', { cause: refused }),
    });
    const plainRefused = {
      name: 'Error',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED redis://u:***@h',
    };

    it('are logged with message, code, context and causes; not with the arguments of commands', async () => {
      expect(await plain(error)).to.deep.equal({
        name: 'RedisError',
        code: 'SLIPWAY_SETTINGS_INVALID',
        message: '[SLIPWAY_SETTINGS_INVALID] No answer.',
        context: { clientId: 'desk-redis', nested: { password: '***' } },
        cause: {
          name: 'AggregateError',
          message: 'all failed',
          errors: [plainRefused, 'text'],
          cause: plainRefused,
        },
      });
    });

    it('have their stacks at level debug', async () => {
      const { stack } = (await plain(refused, { level: 'debug' })) as { stack: string };
      expect(stack).to.contain('plain.test').and.contain('u:***@h');
    });

    it('have their stacks in lines of level error', async () => {
      const { log, factory, logger } = memoryLogger();
      for (const level of ['info', 'warn', 'error'] as const) logger[level]('x', { error: refused });
      await factory.flush();
      expect(log.lines.map((line) => line.includes('"stack"'))).to.deep.equal([false, false, true]);
    });

    it('have their stacks on request, and none at level debug if that is asked for', async () => {
      expect(await plain(refused, { stacks: true })).to.have.property('stack');
      expect(await plain(refused, { stacks: false, level: 'debug' })).to.not.have.property('stack');
    });

    it('of another realm, in a cycle of causes, or with a message that throws', async () => {
      expect(await plain(runInNewContext('new TypeError("no")'))).to.deep.equal({
        name: 'TypeError',
        message: 'no',
      });
      const first = new Error('first');
      first.cause = new Error('second', { cause: first });
      expect(await plain(first)).to.deep.equal({
        name: 'Error',
        message: 'first',
        cause: { name: 'Error', message: 'second', cause: '[circular]' },
      });
      const broken = Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('no');
        },
      });
      expect(await plain(broken)).to.deep.equal({ name: 'Error', message: '[unreadable]' });
    });
  });
});
