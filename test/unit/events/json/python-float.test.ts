import { expect } from 'chai';
import { jsonFloat, JsonFloat, pythonFloat } from '../../../../src/index.js';
import { vectors } from '../../../support/vectors.js';

interface FloatVector {
  readonly ieee754_be_hex: string;
  readonly expect: string;
}

describe(pythonFloat.name, () => {
  it('writes every vector as Python does', () => {
    const floats = vectors('python_float_repr') as readonly FloatVector[];
    expect(floats).to.have.length(900);
    for (const { ieee754_be_hex: hex, expect: text } of floats) {
      expect(pythonFloat(Buffer.from(hex, 'hex').readDoubleBE(0)), hex).to.equal(text);
    }
  });

  for (const [value, text] of [
    [0, '0.0'],
    [-0, '-0.0'],
    [1e15 + 0.5, '1000000000000000.5'],
    [1e16, '1e+16'],
    [9999999999999998, '9999999999999998.0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ] as const) {
    it(`writes ${text}`, () => {
      expect(pythonFloat(value)).to.equal(text);
    });
  }
});

describe(JsonFloat.name, () => {
  it('counts as its value', () => {
    const one = jsonFloat(1);
    expect(one).to.be.instanceOf(JsonFloat).and.to.include({ value: 1 });
    expect(Number(one) + 1).to.equal(2);
    expect(one < jsonFloat(2)).to.equal(true);
    expect(String(one)).to.equal('1.0');
    expect(JSON.stringify([one])).to.equal('[1]');
  });
});
