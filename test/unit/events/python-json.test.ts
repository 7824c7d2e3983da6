import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { pythonJson } from '../../../src/events/python-json.js';
import { projectRoot } from '../../support/project-root.js';

interface FloatVector {
  readonly ieee754_be_hex: string;
  readonly expect: string;
}

const floats = readFileSync(join(projectRoot, 'test/fixtures/vectors/python_float_repr.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as FloatVector)
  .map(({ ieee754_be_hex: hex, expect: text }) => ({ value: Buffer.from(hex, 'hex').readDoubleBE(0), text }));

describe('pythonJson', () => {
  it('writes every fraction as Python does', () => {
    const fractions = floats.filter(({ value }) => Number.isFinite(value) && !Number.isInteger(value));
    expect(fractions.length).to.be.greaterThan(300);
    for (const { value, text } of fractions) expect(pythonJson(value)).to.equal(text);
  });

  it('writes whole numbers as integers, and what is no number as null', () => {
    expect([0, 42, -7, 2 ** 53].map(pythonJson)).to.deep.equal(['0', '42', '-7', '9007199254740992']);
    expect([Number.NaN, Infinity, -Infinity].map(pythonJson)).to.deep.equal(['null', 'null', 'null']);
  });
});
