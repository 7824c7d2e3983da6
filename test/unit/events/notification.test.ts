import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SlipwayError } from '../../../src/index.js';
import { encodeNotification } from '../../../src/events/notification.js';

interface Vector {
  readonly name: string;
  readonly input: { readonly event_type: string; readonly data: string };
  readonly expect: { readonly message: string };
}

const vectors = readFileSync('test/fixtures/vectors/notification.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

/** What JSON.parse cannot read, as a JavaScript caller would write it. */
const written: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  nan: { n: Number.NaN, i: Number.POSITIVE_INFINITY },
  float: { a: 1, b: 85.5, c: 1e-7, d: 1e16 },
};

/** How one value is written. */
const text = (value: unknown): string =>
  encodeNotification('e', { value }).slice('{"event": "e", "data": {"value": '.length, -2);

describe(encodeNotification.name, () => {
  for (const { name, input, expect: expected } of vectors) {
    it(`writes the original's bytes: ${name}`, () => {
      const data = written[name] ?? (JSON.parse(input.data) as Record<string, unknown>);
      // The one difference there has to be: JavaScript's 1 and 1.0 are one number.
      const message = name === 'float' ? expected.message.replace('1.0', '1') : expected.message;
      expect(encodeNotification(input.event_type, data)).to.equal(message);
    });
  }

  for (const [value, expected] of [
    [0, '0'],
    [-0, '-0.0'],
    [-12, '-12'],
    [2 ** 53 - 1, '9007199254740991'],
    [2 ** 53, '9007199254740992.0'],
    [1e15 + 0.5, '1000000000000000.5'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [0.0001, '0.0001'],
    [0.00012345, '0.00012345'],
    [0.00001, '1e-05'],
    [-123.456, '-123.456'],
    [1e21, '1e+21'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [12345678901234567890n, '12345678901234567890'],
  ] as const) {
    it(`writes the number ${String(value)} as ${expected}`, () => {
      expect(text(value)).to.equal(expected);
    });
  }

  it('escapes all but printable ASCII', () => {
    expect(text('å 漢 😀 \u0000\u001f\u007f "/\\ \ud800')).to.equal(
      '"\\u00e5 \\u6f22 \\ud83d\\ude00 \\u0000\\u001f\\u007f \\"/\\\\ \\ud800"',
    );
    expect(encodeNotification('e', { å: 1 })).to.equal('{"event": "e", "data": {"\\u00e5": 1}}');
  });

  it('treats what JSON has no word for as JSON.stringify does', () => {
    const value = {
      a: undefined,
      b: () => 1,
      c: [undefined, Symbol('s')],
      d: new Date(0),
      e: Object.create(null) as object,
    };
    expect(text(value)).to.equal('{"c": [null, null], "d": "1970-01-01T00:00:00.000Z", "e": {}}');
    expect(text([])).to.equal('[]');
  });

  it('takes one object in two places, and refuses one within itself', () => {
    const shared = { x: 1 };
    expect(text([shared, shared])).to.equal('[{"x": 1}, {"x": 1}]');
    const circular: Record<string, unknown> = {};
    circular['self'] = [circular];
    expect(() => encodeNotification('e', circular)).to.throw(SlipwayError, 'holds itself');
  });
});
