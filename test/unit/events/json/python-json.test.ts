import { expect } from 'chai';
import { dumpsStyle, pythonJson } from '../../../../src/events/json/python-json.js';
import { jsonFloat } from '../../../../src/index.js';
import { codeOf } from '../../../support/code-of.js';

describe(pythonJson.name, () => {
  for (const [value, text] of [
    [0, '0'],
    [-0, '-0.0'],
    [-7, '-7'],
    [2 ** 53 - 1, '9007199254740991'],
    [2 ** 53, '9007199254740992.0'],
    [1e16, '1e+16'],
    [1e-7, '1e-07'],
    [85.5, '85.5'],
    [Number.NaN, 'null'],
    [Number.NEGATIVE_INFINITY, 'null'],
    [jsonFloat(1), '1.0'],
    [jsonFloat(Number.NaN), 'null'],
    [123456789012345678901234567890n, '123456789012345678901234567890'],
  ] as const) {
    it(`writes ${typeof value} ${String(value)} as ${text}`, () => {
      expect(pythonJson(value)).to.equal(text);
    });
  }

  it('escapes all but printable ASCII', () => {
    expect(pythonJson('å 漢 😀 \u0000\b\t\n\f\r\u001f\u007f "/\\ \ud800')).to.equal(
      '"\\u00e5 \\u6f22 \\ud83d\\ude00 \\u0000\\b\\t\\n\\f\\r\\u001f\\u007f \\"/\\\\ \\ud800"',
    );
    expect(pythonJson({ å: 1 })).to.equal('{"\\u00e5": 1}');
  });

  it('writes what JSON has no word for as JSON.stringify does', () => {
    const value = { a: undefined, b: () => 1, c: [undefined, Symbol('s')], e: Object.create(null) as object };
    expect(pythonJson(value)).to.equal('{"c": [null, null], "e": {}}');
    expect(pythonJson([])).to.equal('[]');
    expect(pythonJson({ own: { toJSON: (key: string) => [key, undefined] } })).to.equal(
      '{"own": ["own", null]}',
    );
  });

  it('writes maps, sets, dates and bytes as the original writes its own', () => {
    const value = {
      map: new Map<unknown, unknown>([
        [1, 'a'],
        ['b', undefined],
        [null, 2],
      ]),
      set: new Set([1, 'x']),
      date: new Date('2025-01-01T12:00:00.005Z'),
      none: new Date(Number.NaN),
      bytes: Buffer.from('åbc'),
    };
    expect(pythonJson(value)).to.equal(
      '{"map": {"1": "a", "null": 2}, "set": [1, "x"], "date": "2025-01-01T12:00:00.005000Z", "none": null, ' +
        '"bytes": "\\u00e5bc"}',
    );
    expect(codeOf(() => pythonJson(new Uint8Array([0xff])))).to.equal('SLIPWAY_EVENT_INVALID');
  });

  it('takes one object in two places, and refuses one within itself', () => {
    const shared = { x: 1 };
    expect(pythonJson([shared, shared])).to.equal('[{"x": 1}, {"x": 1}]');
    const self: Record<string, unknown> = {};
    self['self'] = [self];
    expect(() => pythonJson(self)).to.throw('contains itself');
    const map = new Map<string, unknown>();
    map.set('a', map);
    expect(() => pythonJson(map)).to.throw('contains itself');
    const json: { toJSON: () => unknown } = { toJSON: () => json };
    expect(() => pythonJson(json)).to.throw('contains itself');
  });

  it('refuses what is no value at all', () => {
    for (const value of [undefined, () => 1, Symbol('s')]) {
      expect(codeOf(() => pythonJson(value))).to.equal('SLIPWAY_EVENT_INVALID');
    }
  });

  it('writes as json.dumps alone where asked to', () => {
    const value = { n: Number.NaN, i: -Infinity, f: jsonFloat(Infinity), d: new Date(0) };
    expect(pythonJson(value, { style: dumpsStyle })).to.equal(
      '{"n": NaN, "i": -Infinity, "f": Infinity, "d": "1970-01-01T00:00:00+00:00"}',
    );
  });
});
