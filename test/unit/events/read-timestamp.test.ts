import { expect } from 'chai';
import { wireTimestamp } from '../../../src/events/precise-date.js';
import { readTimestamp } from '../../../src/events/read-timestamp.js';
import { PreciseDate } from '../../../src/index.js';

/** The time that a JSON value is. `NaN` is no JSON for JSON.parse. */
const readJson = (given: string): Date | undefined =>
  readTimestamp(given === 'NaN' ? Number.NaN : (JSON.parse(given) as unknown));

describe(readTimestamp.name, () => {
  // Each as pydantic 2.13 reads and writes it.
  for (const [given, expected] of [
    ['"2025-07-20"', '2025-07-20T00:00:00'],
    ['"2025-07-20_14:47:20,1"', '2025-07-20T14:47:20.100000'],
    ['"2025-07-20T14:47:20.9999999Z"', '2025-07-20T14:47:20.999999Z'],
    ['"2025-07-20T14:47:20-0230"', '2025-07-20T14:47:20-02:30'],
    ['"2025-07-20T14:47:20\\u221202:00"', '2025-07-20T14:47:20-02:00'],
    ['"2025-07-20T14:47:20-00:00"', '2025-07-20T14:47:20Z'],
    ['"2024-02-29T00:00"', '2024-02-29T00:00:00'],
    ['"0001-01-01T00:00+01:00"', '0001-01-01T00:00:00+01:00'],
    ['"9999-12-31T23:59:59.999999-01:00"', '9999-12-31T23:59:59.999999-01:00'],
    ['1753022840', '2025-07-20T14:47:20Z'],
    ['1753022840.1234567', '2025-07-20T14:47:20.123457Z'],
    ['-1753022840.25', '1914-06-14T09:12:39.250000Z'],
    ['"-1753022840.25"', '1914-06-14T09:12:39.750000Z'],
    ['20000000000', '2603-10-11T11:33:20Z'],
    ['20000000001', '1970-08-20T11:33:20.001000Z'],
    ['20000000000.5', '2603-10-11T11:33:20.000500Z'],
    ['"20000000000.5"', '1970-08-20T11:33:20.000500Z'],
    ['1753022840123.456', '2025-07-20T14:47:20.123456Z'],
    ['-62135596800000', '0001-01-01T00:00:00Z'],
    ['"1.5e3"', '1970-01-01T00:25:00Z'],
    ['"253402300799999.5"', '1978-01-11T21:31:41.798512Z'],
    ['"+5"', '1970-01-01T00:00:05Z'],
    ['".5"', '1970-01-01T00:00:00.500000Z'],
    ['-0.9999999', '1970-01-01T00:00:00Z'],
  ] as const) {
    it(`reads ${given} as ${expected}`, () => {
      expect(wireTimestamp(readJson(given) as Date)).to.equal(expected);
    });
  }

  for (const given of [
    '"2025-07-20T14"',
    '"2025-02-29"',
    '"2025-07-20T24:00:00"',
    '"2025-07-20T14:47:20+24:00"',
    '"2025-07-20T14:47:20 "',
    '"0000-01-01"',
    '"1e3"',
    '""',
    '"-"',
    'null',
    'true',
    '253402300800000',
    '-62135596800001',
    '1e300',
    'NaN',
  ]) {
    it(`refuses ${given}`, () => {
      expect(readJson(given)).to.equal(undefined);
    });
  }

  it('gives a plain Date where that loses nothing', () => {
    expect(readJson('"2025-07-20T14:47:20.123Z"')).not.to.be.instanceOf(PreciseDate);
    const precise = readJson('"2025-07-20T16:47:20.123456+02:00"') as Date;
    expect(precise).to.be.instanceOf(PreciseDate).and.to.include({ microseconds: 456, zone: '+02:00' });
    expect(precise.getTime()).to.equal(Date.parse('2025-07-20T14:47:20.123Z'));
    expect(JSON.stringify(precise)).to.equal('"2025-07-20T16:47:20.123456+02:00"');
  });
});
