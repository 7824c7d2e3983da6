import { inspect } from 'node:util';
import { expect } from 'chai';
import { z } from 'zod';
import {
  defineSettings,
  type EnvironmentVariables,
  field,
  SettingsError,
  settingsTable,
} from '../../../src/index.js';

const mail = defineSettings(
  {
    host: field.text({ description: 'The mail server.' }),
    port: field.port().default(25),
    apiKey: field.secret().optional(),
    useTLS: field.flag().default(false),
  },
  { prefix: 'MAIL_' },
);

function faultsOf(read: () => unknown): SettingsError['faults'] {
  try {
    read();
  } catch (error) {
    expect(error).to.be.instanceOf(SettingsError);
    return (error as SettingsError).faults;
  }
  throw new Error('The environment was accepted.');
}

describe(defineSettings.name, () => {
  describe('parse', () => {
    it('reads each field from its variable behind the prefix', () => {
      const settings: { host: string; port: number; apiKey?: string | undefined; useTLS: boolean } =
        mail.parse({
          MAIL_HOST: 'smtp',
          MAIL_PORT: '587',
          MAIL_USE_TLS: 'on',
          HOST: 'other',
        });
      expect(settings).to.deep.equal({ host: 'smtp', port: 587, useTLS: true });
    });

    it('throws every fault at once', () => {
      expect(faultsOf(() => mail.parse({ MAIL_PORT: '0', MAIL_USE_TLS: 'x' }))).to.deep.equal([
        { variable: 'MAIL_HOST', got: undefined, expected: 'a text' },
        { variable: 'MAIL_PORT', got: '0', expected: 'a port from 1 to 65535' },
        { variable: 'MAIL_USE_TLS', got: 'x', expected: 'true or false' },
      ]);
    });

    it('masks secrets of what it returns, and URL passwords in any field, when that is shown', () => {
      const settings = mail.parse({ MAIL_HOST: 'smtp://u:hunter2@h', MAIL_API_KEY: 'hunter2' });
      expect(settings.apiKey).to.equal('hunter2');
      expect(JSON.stringify(settings)).to.equal(
        '{"host":"smtp://u:***@h","port":25,"apiKey":"***","useTLS":false}',
      );
      expect(inspect({ settings })).to.not.contain('hunter2');
    });

    it('never trims a secret', () => {
      expect(mail.parse({ MAIL_HOST: ' h ', MAIL_API_KEY: ' k ' })).to.include({ host: 'h', apiKey: ' k ' });
    });

    it('masks a variable whose name says that it is secret, and one whose schema says so', () => {
      const definition = defineSettings({
        authToken: z.string().min(99),
        pin: z.string().min(99).meta({ secret: true }),
      });
      const faults = faultsOf(() => definition.parse({ AUTH_TOKEN: 'hunter2', PIN: 'hunter2' }));
      expect(faults.map((fault) => fault.got)).to.deep.equal(['***', '***']);
    });

    it('masks a secret that the message of a schema quotes', () => {
      const definition = defineSettings({
        token: z.string().refine(() => false, { error: (issue) => `no ${String(issue.input)}` }),
      });
      expect(faultsOf(() => definition.parse({ TOKEN: 'hunter2' }))).to.deep.equal([
        { variable: 'TOKEN', got: '***', expected: 'no ***' },
      ]);
    });

    it('makes a fault of what a schema throws', () => {
      const definition = defineSettings({
        token: z.string().transform((value): string => {
          throw new Error(`boom ${value}`);
        }),
      });
      const [fault] = faultsOf(() => definition.parse({ TOKEN: 'hunter2' }));
      expect(fault?.variable).to.equal('TOKEN');
      expect(fault?.expected).to.contain('boom ***');
    });

    it('runs the rules of a z.object over the whole, each fault under its variable', () => {
      const range = z
        .object({ min: field.integer({ min: 0 }), max: field.integer({ min: 0 }) })
        .refine((value) => value.min <= value.max, { error: 'at least MIN', path: ['max'] })
        .refine((value) => value.max !== 13, { error: 'another range' });
      const definition = defineSettings(range, { prefix: 'POOL_' });
      expect(definition.parse({ POOL_MIN: '1', POOL_MAX: '2' })).to.deep.equal({ min: 1, max: 2 });
      expect(faultsOf(() => definition.parse({ POOL_MIN: '14', POOL_MAX: '13' }))).to.deep.equal([
        { variable: 'POOL_MAX', got: '13', expected: 'at least MIN' },
        { variable: 'POOL_*', got: undefined, expected: 'another range' },
      ]);
    });

    it('reads what is no text at run time as its text', () => {
      const env = { MAIL_HOST: 'h', MAIL_PORT: 587 } as unknown as EnvironmentVariables;
      expect(mail.parse(env).port).to.equal(587);
    });
  });

  describe('read', () => {
    it('gives those values that could be read beside the faults', () => {
      const reading = mail.read({ MAIL_HOST: 'smtp', MAIL_PORT: 'x' });
      expect(reading.settings).to.equal(undefined);
      expect(reading.values).to.deep.equal({ host: 'smtp', useTLS: false });
      expect(reading.faults).to.have.length(1);
    });
  });

  describe('variables', () => {
    it('tells name, default, what is expected and what is secret, through default() and optional()', () => {
      expect(mail.variables).to.deep.equal([
        {
          name: 'MAIL_HOST',
          description: 'The mail server.',
          expected: 'a text',
          defaultText: undefined,
          example: undefined,
          required: true,
          secret: false,
        },
        {
          name: 'MAIL_PORT',
          description: '',
          expected: 'a port from 1 to 65535',
          defaultText: '25',
          example: '25',
          required: false,
          secret: false,
        },
        {
          name: 'MAIL_API_KEY',
          description: '',
          expected: 'well-formed Unicode text',
          defaultText: undefined,
          example: undefined,
          required: false,
          secret: true,
        },
        {
          name: 'MAIL_USE_TLS',
          description: '',
          expected: 'true or false',
          defaultText: 'false',
          example: 'false',
          required: false,
          secret: false,
        },
      ]);
    });
  });
});

describe('field', () => {
  it('integer takes negative numbers where its range does', () => {
    const definition = defineSettings({ offset: field.integer({ min: -5, max: 5 }) });
    expect(definition.parse({ OFFSET: '-5' }).offset).to.equal(-5);
    expect(faultsOf(() => definition.parse({ OFFSET: '-6' }))[0]?.expected).to.equal(
      'a whole number from -5 to 5',
    );
  });

  it('integer refuses what a number cannot hold exactly', () => {
    const definition = defineSettings({ offset: field.integer({ min: 0 }) });
    expect(faultsOf(() => definition.parse({ OFFSET: '9007199254740993' }))).to.have.length(1);
  });

  it('choice keeps the type and the spelling of its values', () => {
    const definition = defineSettings({ mode: field.choice(['Fast', 'Safe']) });
    const mode: 'Fast' | 'Safe' = definition.parse({ MODE: 'sAFE' }).mode;
    expect(mode).to.equal('Safe');
  });
});

describe(settingsTable.name, () => {
  it('has a row for each variable and escapes bars', () => {
    const definition = defineSettings({
      a: field.text({ description: 'x | y' }),
      secretKey: field.secret().default('s'),
    });
    expect(settingsTable([definition]).split('\n')).to.deep.equal([
      '| Variable | Default | Expected | Meaning |',
      '| --- | --- | --- | --- |',
      '| `A` | **required** | a text | x \\| y |',
      '| `SECRET_KEY` | `***` | well-formed Unicode text | Secret. |',
    ]);
  });
});
