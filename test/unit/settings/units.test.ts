import { expect } from 'chai';
import * as fc from 'fast-check';
import { defineSettings, envExample, field, SettingsError, settingsTable } from '../../../src/index.js';
import { formatDuration, formatSize, readDuration, readSize } from '../../../src/settings/units.js';

/** What a definition says of one text: the value, or what it expected. */
function reading(type: ReturnType<typeof field.duration>, text: string): number | string | undefined {
  const definition = defineSettings({ limit: type });
  const { settings, faults } = definition.read({ LIMIT: text });
  return settings?.limit ?? faults[0]?.expected;
}

const noNumbers = [
  '',
  ' ',
  '5',
  '0',
  's',
  'ms',
  '-5s',
  '+5s',
  '05s',
  '5 s',
  '5S',
  '5M',
  '5sec',
  '5min',
  '5w',
  '1h30m',
  '1e3s',
  '.5s',
  '5.s',
  '1,5s',
  '0x5s',
  '٥s',
  'Infinitys',
  '5s\n5s',
];

describe('field.duration', () => {
  for (const [text, milliseconds] of [
    ['250ms', 250],
    ['5s', 5_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['1.5s', 1_500],
    ['0.25s', 250],
    ['0.1s', 100],
    ['0.001s', 1],
    ['1.10h', 3_960_000],
    ['2147483647ms', 2_147_483_647],
    ['24d', 2_073_600_000],
  ] as const) {
    it(`reads ${text} as ${milliseconds} ms`, () => {
      expect(reading(field.duration(), text)).to.equal(milliseconds);
    });
  }

  for (const text of [
    ...noNumbers.filter((each) => each.trim() !== ''),
    '0.5ms',
    '0.0001s',
    '1.0000000000s',
    '0s',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(reading(field.duration(), text)).to.be.a('string');
    });
  }

  it('refuses more than a timer keeps, unless a maximum says so', () => {
    for (const text of ['2147483648ms', '25d', '9999999999999999d']) {
      expect(reading(field.duration(), text), text).to.be.a('string');
    }
    expect(reading(field.duration({ max: 90 * 86_400_000 }), '90d')).to.equal(90 * 86_400_000);
    expect(reading(field.duration({ max: Number.MAX_SAFE_INTEGER }), '9999999999999999d')).to.be.a('string');
  });

  it('holds its bounds, and tells them with their units', () => {
    const type = field.duration({ min: 100, max: 90_000 });
    expect([reading(type, '100ms'), reading(type, '90s'), reading(type, '1.5m')]).to.deep.equal([
      100, 90_000, 90_000,
    ]);
    const expected = 'a duration with its unit (ms, s, m, h, d), from 100ms to 90s';
    expect([reading(type, '99ms'), reading(type, '90001ms')]).to.deep.equal([expected, expected]);
    expect(reading(field.duration({ min: 0 }), '0s')).to.equal(0);
  });

  it('shows its default with a unit, which reads back', () => {
    const definition = defineSettings({ pauseMs: field.duration({ variable: 'PAUSE' }).default(5_000) });
    expect(definition.variables[0]).to.include({ name: 'PAUSE', defaultText: '5s', example: '5s' });
    expect(settingsTable([definition])).to.contain('| `PAUSE` | `5s` |');
    expect(definition.parse({})).to.deep.equal({ pauseMs: 5_000 });
  });

  it('is no field of a variable whose name says milliseconds', () => {
    expect(() => defineSettings({ pauseMs: field.duration() }, { prefix: 'MAIL_' }))
      .to.throw(
        `The settings field "pauseMs" reads MAIL_PAUSE_MS, whose value would have a unit too. Use field.milliseconds(), or give { variable: 'PAUSE' }.`,
      )
      .with.property('code', 'SLIPWAY_SETTINGS_DEFINITION');
  });
});

describe('field.size', () => {
  for (const [text, bytes] of [
    ['512', 512],
    ['512B', 512],
    ['64kB', 64_000],
    ['64KB', 64_000],
    ['64KiB', 65_536],
    ['1MB', 1_000_000],
    ['1MiB', 1_048_576],
    ['1.5MiB', 1_572_864],
    ['0.5kB', 500],
    ['2GB', 2_000_000_000],
    ['2GiB', 2_147_483_648],
    ['1TB', 1_000_000_000_000],
    ['1TiB', 1_099_511_627_776],
  ] as const) {
    it(`reads ${text} as ${bytes} bytes`, () => {
      expect(reading(field.size(), text)).to.equal(bytes);
    });
  }

  for (const text of [
    '0',
    '1.5',
    '1.5B',
    '0.1KiB',
    '64k',
    '64K',
    '64kb',
    '64kiB',
    '64KIB',
    '1M',
    '1Mb',
    '1mb',
    '-1kB',
    '+1kB',
    '1 kB',
    '007',
    '1e3',
    '1_000',
    '1,000',
    '9999999999999TiB',
    'kB',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(reading(field.size(), text)).to.be.a('string');
    });
  }

  it('holds its bounds, and tells them with their units', () => {
    const type = field.size({ min: 1024, max: 1_000_000 });
    expect([reading(type, '1KiB'), reading(type, '1MB')]).to.deep.equal([1024, 1_000_000]);
    const expected =
      'a size in bytes, or with its unit (kB, MB, GB, TB; KiB, MiB, GiB, TiB), from 1KiB to 1MB';
    expect([reading(type, '1023'), reading(type, '1000001')]).to.deep.equal([expected, expected]);
  });

  it('shows its default with a unit, which reads back', () => {
    const definition = defineSettings({ limit: field.size().default(65_536) });
    expect(envExample([definition])).to.contain('# LIMIT=64KiB\n');
  });
});

describe('units', () => {
  it('read back what they write', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(readDuration(formatDuration(value))).to.equal(value);
        expect(readSize(formatSize(value))).to.equal(value);
      }),
    );
    expect([90_000, 0, 3_600_000].map(formatDuration)).to.deep.equal(['90s', '0ms', '1h']);
    expect([0, 512, 65_536, 1_000_000, 1_024_000].map(formatSize)).to.deep.equal([
      '0',
      '512',
      '64KiB',
      '1MB',
      '1024kB',
    ]);
  });

  it('give a number of the range or a SettingsError, whatever the text', () => {
    const definition = defineSettings({ pause: field.duration().optional(), room: field.size().optional() });
    const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,20}(\.\d{1,12})?(ms|s|m|h|d|kB|KiB|TiB)?$/));
    fc.assert(
      fc.property(text, text, (pause, room) => {
        try {
          const settings = definition.parse({ PAUSE: pause, ROOM: room });
          expect(settings.pause ?? 1)
            .to.satisfy(Number.isSafeInteger)
            .and.to.be.within(1, 2 ** 31 - 1);
          expect(settings.room ?? 1)
            .to.satisfy(Number.isSafeInteger)
            .and.to.be.at.least(1);
        } catch (error) {
          expect(error).to.be.instanceOf(SettingsError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
