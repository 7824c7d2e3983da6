import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { deskVariables } from '../../../examples/essay-desk/settings.js';
import {
  defineSettings,
  envExample,
  field,
  kafkaVariables,
  loadSettings,
  redisVariables,
  serviceVariables,
} from '../../../src/index.js';
import { projectRoot } from '../../support/project-root.js';
import { mustRun } from '../../support/run.js';

const mail = defineSettings(
  {
    host: field.text({ description: 'The mail server.', example: 'smtp.example' }),
    port: field.port({ description: 'Where it\nlistens.' }).default(25),
    apiKey: field.secret({ description: 'The account.' }).default('hunter2'),
    password: field.secret({ example: 'hunter2' }),
    greeting: field.text().default('Dear "all" # of you'),
    waitMs: field.duration({ variable: 'WAIT' }).default(1_500),
    account: field.text({ defaultText: '<service>' }).optional(),
  },
  { prefix: 'MAIL_' },
);

/** The lines that begin a variable, without the mark that makes them comments. */
function uncommented(text: string): string {
  return text.replaceAll(/^# (?=[A-Z_]+=)/gm, '');
}

describe(envExample.name, () => {
  it('tells meaning, what is expected and the default; required ones are empty, secrets have no value', () => {
    expect(envExample([mail])).to.equal(
      [
        '# The mail server.',
        '# Expected: a text.',
        '# Required.',
        '# For example: smtp.example',
        'MAIL_HOST=',
        '',
        '# Where it',
        '# listens.',
        '# Expected: a port from 1 to 65535.',
        '# Default: 25',
        '# MAIL_PORT=25',
        '',
        '# The account.',
        '# Expected: well-formed Unicode text.',
        '# Default: ***',
        '# Secret: never commit its value.',
        '# MAIL_API_KEY=',
        '',
        '# Expected: well-formed Unicode text.',
        '# Required.',
        '# Secret: never commit its value.',
        'MAIL_PASSWORD=',
        '',
        '# Expected: a text.',
        '# Default: Dear "all" # of you',
        `# MAIL_GREETING='Dear "all" # of you'`,
        '',
        '# Expected: a duration with its unit (ms, s, m, h, d), from 1ms to 2147483647ms.',
        '# Default: 1500ms',
        '# MAIL_WAIT=1500ms',
        '',
        '# Expected: a text.',
        '# Default: <service>',
        '# MAIL_ACCOUNT=',
        '',
      ].join('\n'),
    );
  });

  const all = [serviceVariables, redisVariables, kafkaVariables, mail];

  it('is read without a fault once the required ones are filled in', () => {
    const text = envExample(all);
    const required = all.flatMap(({ variables }) => variables.filter((each) => each.required));
    expect(Object.keys(parseEnv(text))).to.have.members(required.map(({ name }) => name));
    const filled = text
      .replace('SERVICE_NAME=', 'SERVICE_NAME=essay-desk')
      .replace('MAIL_HOST=', 'MAIL_HOST=smtp')
      .replace('MAIL_PASSWORD=', 'MAIL_PASSWORD=x');
    const empty = { SERVICE_NAME: 'essay-desk', MAIL_HOST: 'smtp', MAIL_PASSWORD: 'x' };
    expect(loadSettings({ mail }, parseEnv(filled))).to.deep.equal(loadSettings({ mail }, empty));
  });

  it('gives the defaults where all lines are taken in', () => {
    const env = {
      ...parseEnv(uncommented(envExample(all))),
      SERVICE_NAME: 'essay-desk',
      MAIL_HOST: 'smtp',
      MAIL_PASSWORD: 'x',
    };
    expect(Object.keys(env)).to.have.length(all.flatMap(({ variables }) => variables).length);
    const { warnings, ...settings } = loadSettings({ mail }, env);
    const { warnings: _, ...defaults } = loadSettings(
      { mail },
      { SERVICE_NAME: 'essay-desk', MAIL_HOST: 'smtp', MAIL_PASSWORD: 'x' },
    );
    expect(settings).to.deep.equal(defaults);
    expect(warnings).to.have.length(1);
  });

  it('writes any default so that it is read as it is, or leaves it out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (greeting) => {
        const text = envExample([defineSettings({ greeting: field.text().default(greeting) })]);
        const { GREETING: read, ...others } = parseEnv(uncommented(text));
        expect(others).to.deep.equal({});
        if (read !== '') expect(read).to.equal(greeting);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves out a default that its own field would not read', () => {
    const definition = defineSettings({ pause: field.milliseconds().default(0) });
    expect(definition.parse({}).pause).to.equal(0);
    expect(envExample([definition])).to.match(/# Default: 0\n# PAUSE=\n$/);
  });

  it('is empty without variables', () => {
    expect(envExample([])).to.equal('');
  });
});

describe('the .env.example of the essay desk', () => {
  it('is what its definitions make', async () => {
    const program = join(projectRoot, 'build', 'examples', 'essay-desk', 'env-example.js');
    const committed = readFileSync(join(projectRoot, 'examples', 'essay-desk', '.env.example'), 'utf8');
    expect(committed).to.equal(await mustRun(process.execPath, [program]));
    for (const { name } of deskVariables.variables) expect(committed).to.contain(`# ${name}=`);
  });
});
