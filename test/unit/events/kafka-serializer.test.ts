import { expect } from 'chai';
import * as fc from 'fast-check';
import { z } from 'zod';
import { jsonFloat, KafkaSerializer, PreciseDate, SlipwayError } from '../../../src/index.js';
import { vectors } from '../../support/vectors.js';

interface Vector {
  readonly name: string;
  readonly op: 'serialize' | 'deserialize';
  readonly input_base64?: string;
  readonly expect: { readonly bytes_base64?: string; readonly value?: string };
}

const json = new KafkaSerializer();
const raw = new KafkaSerializer({ strings: 'raw' });
const uuid = '11111111-1111-4111-8111-111111111111';
const milliseconds = Date.UTC(2025, 6, 20, 14, 47, 20, 418);
const aware = new PreciseDate(milliseconds, 173);
const naive = new PreciseDate(milliseconds, 173, '');
const parsed = z
  .object({ id: z.uuid(), at: z.date(), n: z.number().transform(jsonFloat) })
  .parse({ id: uuid, at: aware, n: 1 });

/** What the original was given, as a caller writes it here. */
const inputs: Readonly<Record<string, readonly [serializer: KafkaSerializer, value: unknown]>> = {
  serialize_dict: [json, { a: 1, t: 'åäö 😀', f: jsonFloat(1) }],
  serialize_list: [json, [1, 'a', null]],
  serialize_str_plain: [raw, 'hello'],
  serialize_str_json: [raw, '{"a": 1}'],
  serialize_str_unicode: [raw, 'åäö'],
  serialize_str_empty: [raw, ''],
  serialize_float: [json, jsonFloat(1)],
  serialize_bool: [json, true],
  serialize_datetime_aware: [json, aware],
  serialize_datetime_naive: [json, naive],
  serialize_datetime_in_dict: [json, { at: aware }],
  serialize_uuid: [json, uuid],
  serialize_pydantic: [json, parsed],
  serialize_nested_pydantic: [json, { p: parsed }],
  serialize_decimal: [json, '1.10'],
  serialize_set_one: [json, new Set([1])],
  serialize_nan: [json, Number.NaN],
};

/** Where the original's bytes are not kept. */
const deviations: Readonly<Record<string, string>> = {
  serialize_set_one:
    "the original writes Python's own text of a set, which nothing reads back; here it is a list",
  serialize_nan: 'the original writes NaN, which is no JSON; here it is an error',
};

function errorOf(work: () => unknown): SlipwayError {
  try {
    work();
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

const textOf = (value: unknown): string => Buffer.from(json.serialize(value) ?? []).toString();
const read = (text: string): unknown => json.deserialize(Buffer.from(text));

/** The value that the vectors write as JSON text, NaN among it. */
function expected(text: string): unknown {
  return text === 'NaN' ? Number.NaN : JSON.parse(text);
}

describe(KafkaSerializer.name, () => {
  const lines = vectors('kafka_serializer') as readonly Vector[];

  describe("keeps the original's bytes", () => {
    it('in every line but the named deviations', () => {
      const names = lines.filter(({ op }) => op === 'serialize').map(({ name }) => name);
      expect(Object.keys(inputs)).to.have.members(names);
      expect(lines).to.have.length(24);
    });

    for (const { name, op, input_base64, expect: expectation } of lines) {
      if (op === 'deserialize') {
        it(name, () => {
          const value = raw.deserialize(Buffer.from(input_base64 ?? '', 'base64'));
          expect(value).to.deep.equal(expected(expectation.value ?? ''));
        });
        continue;
      }
      it(name in deviations ? `not: ${name}: ${deviations[name]}` : name, () => {
        const [serializer, value] = inputs[name] ?? [json, undefined];
        const bytes = Buffer.from(expectation.bytes_base64 ?? '', 'base64');
        if (!(name in deviations)) expect(serializer.serialize(value)).to.deep.equal(bytes);
        else if (name === 'serialize_set_one') expect(textOf(value)).to.equal('[1]');
        else expect(errorOf(() => serializer.serialize(value)).code).to.equal('SLIPWAY_EVENT_INVALID');
      });
    }
  });

  describe('serialize', () => {
    for (const [what, value, text] of [
      [
        'a date in UTC',
        new Date(Date.UTC(2025, 6, 20, 14, 47, 20, 418)),
        '"2025-07-20T14:47:20.418000+00:00"',
      ],
      ['a whole second without a fraction', new Date(0), '"1970-01-01T00:00:00+00:00"'],
      [
        'a Map',
        new Map<unknown, unknown>([
          ['a', 1],
          [2, 'b'],
          [1.5, null],
          [true, 0],
          [null, 1n],
        ]),
        '{"a": 1, "2": "b", "1.5": null, "true": 0, "null": 1}',
      ],
      ['a Set', new Set(['a', new Set([1])]), '["a", [1]]'],
      ['a Buffer', Buffer.from('åä'), '"w6XDpA=="'],
      ['a part of a buffer', Buffer.from('xåäx').subarray(1, 5), '"w6XDpA=="'],
      ['an ArrayBuffer', new Uint8Array([1, 2]).buffer, '"AQI="'],
      ['a bigint', { n: 12345678901234567890n }, '{"n": 12345678901234567890}'],
      [
        'floats',
        [0.1, 1e-7, 1e16, -0, 1.5e300, 2 ** 53],
        '[0.1, 1e-07, 1e+16, -0.0, 1.5e+300, 9007199254740992.0]',
      ],
      [
        'what has a toJSON',
        { url: new URL('a://b/ä'), own: { toJSON: () => new Date(0) } },
        '{"url": "a://b/%C3%A4", "own": "1970-01-01T00:00:00+00:00"}',
      ],
      [
        'an object of a class',
        new (class Essay {
          readonly title = 'a';
        })(),
        '{"title": "a"}',
      ],
      ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), '{"a": 1}'],
      ['undefined in lists and members', { a: undefined, b: [undefined, 1] }, '{"b": [null, 1]}'],
      ['escapes', '\u007f"\\/\n\ud800', '"\\u007f\\"\\\\/\\n\\ud800"'],
      ['one object in two places', ((shared) => [shared, shared])({ a: 1 }), '[{"a": 1}, {"a": 1}]'],
    ] as const) {
      it(`writes ${what}`, () => {
        expect(textOf(value)).to.equal(text);
      });
    }

    it('leaves null as it is: the record has no value', () => {
      expect(json.serialize(null)).to.equal(null);
      expect(raw.serialize(null)).to.equal(null);
      expect(textOf([null])).to.equal('[null]');
    });

    const cycle: Record<string, unknown> = {};
    cycle['list'] = [cycle];
    let deep: unknown = 0;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    for (const [what, value, message] of [
      ['undefined', undefined, 'The value is undefined'],
      ['a function', { run: () => 1 }, 'The value at .run is a function'],
      ['a symbol', [0, Symbol('s')], 'The value at [1] is a symbol'],
      ['NaN', { a: [{ b: Number.NaN }] }, 'The value at .a[0].b is NaN'],
      ['a float that is infinite', jsonFloat(Infinity), 'is Infinity'],
      ['a cycle', cycle, 'The value at .list[0] contains itself'],
      ['a cycle of maps', ((map) => map.set('a', map))(new Map<string, unknown>()), 'at .a contains itself'],
      ['what is nested without end', deep, 'levels deep'],
      ['a date that is none', new Date(Number.NaN), 'is a date'],
      ['a year that Python has not', new Date(-1e15), 'is a date'],
      ['an error', { cause: new TypeError('x') }, 'at .cause is a JavaScript error'],
      ['a promise', [Promise.resolve()], 'is a promise'],
      ['a regular expression', /x/, 'is a regular expression'],
      ['a WeakMap', new WeakMap(), 'is a weak reference'],
      ['floats of memory', new Float64Array(1), 'is a view of memory'],
      ['a boxed text', Object('x'), 'is a boxed primitive'],
      [
        'two keys that are one',
        new Map<unknown, unknown>([
          [1, 'a'],
          ['1', 'b'],
        ]),
        'two keys that are both written as "1"',
      ],
      ['an object as a key', new Map([[{}, 1]]), 'has a key that is no text'],
    ] as const) {
      it(`refuses ${what}`, () => {
        const error = errorOf(() => json.serialize(value));
        expect(error.code).to.equal('SLIPWAY_EVENT_INVALID');
        expect(error.rawMessage).to.contain(message);
      });
    }

    it('names the member that cannot be read, with the cause', () => {
      const cause = new Error('no');
      const value = {
        a: {
          get broken(): never {
            throw cause;
          },
        },
      };
      const error = errorOf(() => json.serialize(value));
      expect(error).to.include({ code: 'SLIPWAY_EVENT_INVALID', cause });
    });

    it('refuses a raw text that UTF-8 cannot hold', () => {
      expect(errorOf(() => raw.serialize('a\ud800')).code).to.equal('SLIPWAY_EVENT_INVALID');
    });

    it('gives bytes or a SlipwayError for anything', () => {
      const anything = fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
        withNullPrototype: true,
      });
      fc.assert(
        fc.property(anything, fc.constantFrom(json, raw), (value, serializer) => {
          let bytes: Uint8Array | null;
          try {
            bytes = serializer.serialize(value);
          } catch (error) {
            expect(SlipwayError.is(error, 'SLIPWAY_EVENT_INVALID'), String(error)).to.equal(true);
            return;
          }
          if (typeof value !== 'string' && bytes !== null) JSON.parse(Buffer.from(bytes).toString());
        }),
        { numRuns: 2_000 },
      );
    });
  });

  describe('deserialize', () => {
    it('gives back what was written', () => {
      fc.assert(
        fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
          const bytes = json.serialize(value);
          expect(json.deserialize(bytes)).to.deep.equal(value);
        }),
        { numRuns: 1_000 },
      );
    });

    it('gives null for a record without a value', () => {
      expect(json.deserialize(null)).to.equal(null);
    });

    it('reads the words that Python writes for numbers JSON has not', () => {
      expect(read('{"NaN": [NaN, -Infinity,Infinity], "s": "NaN Infinity \\" NaN", "i": 1}')).to.deep.equal({
        NaN: [Number.NaN, -Infinity, Infinity],
        s: 'NaN Infinity " NaN',
        i: 1,
      });
      expect(read('-Infinity')).to.equal(-Infinity);
    });

    for (const text of [
      '',
      ' ',
      'hello',
      '{"a": 1',
      '{"a": 1}}',
      "{'a': 1}",
      '1NaN',
      'NaN1',
      '-NaN',
      '1Infinity',
      '1 Infinity',
      '- Infinity',
      'NaN NaN',
      'Infinit',
      '"a"NaN',
      'undefined',
      '\ufeff{}',
      '01',
    ]) {
      it(`refuses ${JSON.stringify(text)}; with raw strings it is a text`, () => {
        const error = errorOf(() => read(text));
        expect(error.code).to.equal('SLIPWAY_EVENT_UNREADABLE');
        expect(error.rawMessage).to.contain('no JSON');
        expect(raw.deserialize(Buffer.from(text))).to.equal(text);
      });
    }

    it('refuses what is no UTF-8, either way', () => {
      for (const bytes of [[0xff], [0x22, 0xc3, 0x22], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
        for (const serializer of [json, raw]) {
          const error = errorOf(() => serializer.deserialize(Uint8Array.from(bytes)));
          expect(error.code).to.equal('SLIPWAY_EVENT_UNREADABLE');
          expect(error.rawMessage).to.contain('no UTF-8');
        }
      }
    });

    it('gives a value or a SlipwayError for any bytes', () => {
      const bytes = fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text.replace('1', 'NaN'))),
      );
      fc.assert(
        fc.property(bytes, fc.constantFrom(json, raw), (value, serializer) => {
          try {
            serializer.deserialize(value);
          } catch (error) {
            expect(SlipwayError.is(error, 'SLIPWAY_EVENT_UNREADABLE'), String(error)).to.equal(true);
          }
        }),
        { numRuns: 2_000 },
      );
    });

    it('sets no prototype, whatever the keys', () => {
      const value = read('{"__proto__": {"a": 1}}') as object;
      expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
      expect(textOf(value)).to.equal('{"__proto__": {"a": 1}}');
    });
  });

  describe('with raw strings', () => {
    it('loses what a text looked like, as the original does', () => {
      expect(raw.deserialize(raw.serialize('hello'))).to.equal('hello');
      expect(raw.deserialize(raw.serialize('123'))).to.equal(123);
      expect(json.deserialize(json.serialize('123'))).to.equal('123');
    });
  });
});
