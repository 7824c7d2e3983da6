import { inspect } from 'node:util';
import { expect } from 'chai';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';
import {
  Application,
  defineSettings,
  field,
  infrastructure,
  loadSettings,
  Provider,
  type RedisSettings,
  ServiceSettings,
  SettingsError,
  SlipwayError,
  token,
} from '../../../src/index.js';

const mailSettings = defineSettings(
  {
    host: field.text({ description: 'The mail server.' }),
    port: field.port().default(25),
    apiKey: field.secret().optional(),
  },
  { prefix: 'MAIL_' },
);
const base = { SERVICE_NAME: 'essay-desk', MAIL_HOST: 'smtp' };

function errorOf(read: () => unknown): SettingsError {
  try {
    read();
  } catch (error) {
    if (SettingsError.is(error)) return error;
    throw error;
  }
  throw new Error('The environment was accepted.');
}

/** Are the fields there of which the rule speaks? */
function isRange({ value }: { readonly value: unknown }): boolean {
  return z.object({ min: z.number(), max: z.number() }).safeParse(value).success;
}

function warningsOf(env: Readonly<Record<string, string>>): readonly string[] {
  return loadSettings({ mail: mailSettings }, { ...base, ...env }).warnings;
}

describe(loadSettings.name, () => {
  describe("with a service's own definitions", () => {
    it('gives their settings beside its own, typed', () => {
      const { service, redis, mail, warnings } = loadSettings(
        { mail: mailSettings },
        { ...base, MAIL_PORT: '587' },
      );
      expectTypeOf(mail).toEqualTypeOf<{ host: string; port: number; apiKey?: string | undefined }>();
      expectTypeOf(redis).toEqualTypeOf<RedisSettings>();
      expect(mail).to.deep.equal({ host: 'smtp', port: 587 });
      expect(service.serviceName).to.equal('essay-desk');
      expect(warnings).to.deep.equal([]);
    });

    it('throws the faults of all of them in one error', () => {
      const search = defineSettings({ index: field.text() }, { prefix: 'SEARCH_' });
      const { faults } = errorOf(() =>
        loadSettings({ mail: mailSettings, search }, { REDIS_PORT: 'x', MAIL_PORT: '0' }),
      );
      expect(faults.map(({ variable }) => variable)).to.deep.equal([
        'SERVICE_NAME',
        'REDIS_PORT',
        'MAIL_HOST',
        'MAIL_PORT',
        'SEARCH_INDEX',
      ]);
    });

    it('reads process.env where no environment is given', () => {
      const names = ['SERVICE_NAME', 'MAIL_HOST'] as const;
      const before = names.map((name) => process.env[name]);
      Object.assign(process.env, base);
      try {
        expect(loadSettings({ mail: mailSettings }).mail.host).to.equal('smtp');
      } finally {
        for (const [index, name] of names.entries()) {
          const value = before[index];
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      }
    });

    it('takes no definitions at all, and an empty environment', () => {
      expect(loadSettings({}, base).service.serviceName).to.equal('essay-desk');
      expect(errorOf(() => loadSettings({})).faults[0]?.variable).to.equal('SERVICE_NAME');
      expect(errorOf(() => loadSettings({ mail: mailSettings }, {})).faults).to.have.length(2);
    });

    it('feeds the providers', async () => {
      const MailSettings = token<{ host: string }>()('MailSettings');
      const settings = loadSettings({ mail: mailSettings }, base);
      const own = new Provider('mail').provide(MailSettings, { value: settings.mail });
      await using app = await Application.start([infrastructure(settings), own]);
      expect((await app.get(MailSettings)).host).to.equal('smtp');
      expect((await app.get(ServiceSettings)).serviceName).to.equal('essay-desk');
    });

    it('refuses a name that is taken, at compile time and at run time', () => {
      // @ts-expect-error: `redis` is slipway's own.
      expect(() => loadSettings({ redis: mailSettings }, base))
        .to.throw(SlipwayError, `The settings field "redis" has the name of slipway's own settings.`)
        .with.property('code', 'SLIPWAY_SETTINGS_DEFINITION');
    });

    it('masks their secrets when the whole is shown', () => {
      const settings = loadSettings({ mail: mailSettings }, { ...base, MAIL_API_KEY: 'hunter2' });
      expect(settings.mail.apiKey).to.equal('hunter2');
      expect(`${JSON.stringify(settings)}${inspect(settings, { depth: null, showHidden: true })}`)
        .to.contain("apiKey: '***'")
        .and.not.contain('hunter2');
    });

    it('masks a secret that stands in another variable too, of another definition', () => {
      const search = defineSettings(
        { node: z.string().refine(() => false, { error: (issue) => `not ${String(issue.input)}` }) },
        { prefix: 'SEARCH_' },
      );
      const error = errorOf(() =>
        loadSettings(
          { mail: mailSettings, search },
          { ...base, MAIL_API_KEY: 'hunter2', LOG_LEVEL: 'hunter2', SEARCH_NODE: `${'x'.repeat(96)}hunter2` },
        ),
      );
      expect(error.faults).to.have.length(2);
      expect(inspect(error)).to.contain('x***').and.not.contain('hunt');
    });
  });

  describe('rules over several fields', () => {
    const pool = defineSettings(
      z
        .object({ min: field.integer({ min: 0 }), max: field.integer({ min: 0 }), name: field.text() })
        .refine(({ min, max }) => min <= max, {
          error: 'at least POOL_MIN',
          path: ['max'],
          when: isRange,
        })
        .refine(({ name }) => name.length < 5, { error: 'a short name', path: ['name'] }),
      { prefix: 'POOL_' },
    );

    it('are told beside the faults of all other definitions', () => {
      const env = { MAIL_PORT: '0', POOL_MIN: '2', POOL_MAX: '1', POOL_NAME: 'a' };
      const { faults } = errorOf(() => loadSettings({ mail: mailSettings, pool }, env));
      expect(faults.map(({ variable }) => variable)).to.deep.equal([
        'SERVICE_NAME',
        'MAIL_HOST',
        'MAIL_PORT',
        'POOL_MAX',
      ]);
    });

    it('are told beside faults of other fields of theirs, where the rule says when it runs', () => {
      const { faults } = pool.read({ POOL_MIN: '2', POOL_MAX: '1' });
      expect(faults).to.deep.equal([
        { variable: 'POOL_NAME', got: undefined, expected: 'a text' },
        { variable: 'POOL_MAX', got: '1', expected: 'at least POOL_MIN' },
      ]);
    });

    it('have nothing to tell of a field that is wrong anyway', () => {
      const { faults } = pool.read({ POOL_MIN: 'x', POOL_MAX: '1', POOL_NAME: 'too long' });
      expect(faults.map(({ variable }) => variable)).to.deep.equal(['POOL_MIN']);
    });

    it('have nothing to tell where they trip over a field that is wrong', () => {
      const definition = defineSettings(
        z.object({ a: field.integer({ min: 0 }), b: field.text() }).refine(
          () => {
            throw new Error('tripped');
          },
          { when: () => true },
        ),
      );
      expect(definition.read({ A: 'x', B: 'b' }).faults.map(({ variable }) => variable)).to.deep.equal(['A']);
      expect(definition.read({ A: '1', B: 'b' }).faults[0]?.expected).to.contain('tripped');
    });
  });

  describe('a name that is nearly right', () => {
    for (const [given, meant] of [
      ['MAIL_PRT', 'MAIL_PORT'],
      ['MAIL_PROT', 'MAIL_PORT'],
      ['MAIL_API_KYE', 'MAIL_API_KEY'],
      ['MAIL_APIKEY', 'MAIL_API_KEY'],
      ['mail_port', 'MAIL_PORT'],
      ['MIAL_PORT', 'MAIL_PORT'],
      ['REDIS_URI', 'REDIS_URL'],
      ['KAFKA_BOOTSTRAP_SERVER', 'KAFKA_BOOTSTRAP_SERVERS'],
      ['ENVIROMENT', 'ENVIRONMENT'],
      ['LOG_LEVLE', 'LOG_LEVEL'],
    ] as const) {
      it(`is a warning: ${given}`, () => {
        expect(warningsOf({ [given]: 'hunter2' })).to.deep.equal([
          `${given} is set but not known: is ${meant} meant?`,
        ]);
      });
    }

    for (const given of [
      'MAIL_SERVICE_HOST',
      'MAIL_PORT_25_TCP',
      'REDIS_SERVICE_PORT',
      'REDIS_PORT_6379_TCP_ADDR',
      'KAFKA_PORT',
      'KAFKA_HEAP_OPTS',
      'PATH',
      'HOST',
      'SERVICE',
      'LOG_DIR',
      'REDIS_TLS',
    ]) {
      it(`is not seen in ${given}`, () => {
        expect(warningsOf({ [given]: 'x' })).to.deep.equal([]);
      });
    }

    it('is no warning where the right one is set, or where it is empty', () => {
      expect(warningsOf({ MAIL_HSOT: 'x' })).to.deep.equal([]);
      expect(warningsOf({ MAIL_PRT: ' ' })).to.deep.equal([]);
    });

    it('names the nearest', () => {
      const near = defineSettings(
        { hosts: field.text().optional(), host: field.text().optional() },
        { prefix: 'NEAR_' },
      );
      expect(loadSettings({ near }, { ...base, NEAR_HOS: 'x' }).warnings).to.deep.equal([
        'NEAR_HOS is set but not known: is NEAR_HOST meant?',
      ]);
    });

    it('stands in the error that the missing one causes', () => {
      const error = errorOf(() =>
        loadSettings({ mail: mailSettings }, { SERVICE_NAME: 'a', MAIL_HSOT: 'hunter2' }),
      );
      expect(error.warnings).to.deep.equal(['MAIL_HSOT is set but not known: is MAIL_HOST meant?']);
      expect(error.message).to.equal(
        [
          '[SLIPWAY_SETTINGS_INVALID] 1 setting is wrong:',
          '  MAIL_HOST is not set, expected a text.',
          'Worth a look:',
          '  MAIL_HSOT is set but not known: is MAIL_HOST meant?',
          'Correct the environment and start again.',
        ].join('\n'),
      );
      expect(errorOf(() => mailSettings.parse({ MAIL_HSOT: 'x' })).warnings).to.deep.equal(error.warnings);
    });

    it('is shown safely, whatever it is made of', () => {
      expect(warningsOf({ 'MAIL_PO\nRT': 'x' })).to.deep.equal([
        '"MAIL_PO\\nRT" is set but not known: is MAIL_PORT meant?',
      ]);
    });
  });
});

describe(defineSettings.name, () => {
  it('refuses two fields of one variable', () => {
    expect(() => defineSettings({ apiKey: field.text(), API_KEY: field.text() })).to.throw(
      'The settings field "API_KEY" reads API_KEY, as another field does. Rename one.',
    );
  });

  it('refuses a name that no variable can have', () => {
    for (const [key, prefix] of [
      ['a-b', ''],
      ['1st', ''],
      ['a', 'MAIL '],
      ['', ''],
    ] as const) {
      expect(() => defineSettings({ [key]: field.text() }, { prefix }), key).to.throw(
        'no name of a variable',
      );
    }
  });

  it('reads the variable that a field names', () => {
    const definition = defineSettings(
      { timeoutMs: field.milliseconds({ variable: 'WAIT_MS' }) },
      { prefix: 'A_' },
    );
    expect(definition.parse({ A_WAIT_MS: '5' })).to.deep.equal({ timeoutMs: 5 });
  });

  it('masks what a schema makes of a text: objects, maps, URLs', () => {
    const settings = defineSettings({
      login: z.string().transform((text): unknown => JSON.parse(text)),
      users: z.string().transform((text) => new Map([['password', text]])),
      nodes: z.string().transform((text) => new Set([text])),
      address: z.string().transform((text) => new URL(text)),
    }).parse({
      LOGIN: '{"user":"u","password":"hunter2","more":[{"token":"hunter2"}]}',
      USERS: 'hunter2',
      NODES: 'a://u:hunter2@b',
      ADDRESS: 'a://u:hunter2@b',
    });
    expect(JSON.parse(JSON.stringify(settings))).to.deep.equal({
      login: { user: 'u', password: '***', more: [{ token: '***' }] },
      users: { password: '***' },
      nodes: ['a://u:***@b'],
      address: 'a://u:***@b',
    });
    expect(inspect(settings, { depth: null })).to.not.contain('hunter2');
  });
});
