import { createHook } from 'node:async_hooks';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commands } from '../../../src/cli/run-cli.js';
import { slipway } from '../../support/cli.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const desk = 'build/examples/essay-desk';
const addresses = { REDIS_URL: 'redis://:hunter2@127.0.0.1:1', KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' };

/** The sockets and questions to name servers that `work` begins. */
async function networkOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const begun: string[] = [];
  const hook = createHook({
    init(_id, kind) {
      if (/^(?:TCP|TLS|UDP|GETADDRINFO|GETNAMEINFO|QUERY|PIPECONNECT)/.test(kind)) begun.push(kind);
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return begun;
}

describe('the command slipway', () => {
  let temporary: TemporaryFolder;

  before(() => {
    temporary = new TemporaryFolder('cli');
  });

  after(() => temporary[Symbol.dispose]());

  function moduleOf(name: string, text: string): string {
    const file = join(temporary.path, name);
    writeFileSync(file, text);
    return file;
  }

  describe('help', () => {
    it('lists every command, and explains each with its options and examples', async () => {
      const { code, out } = await slipway([]);
      expect(code).to.equal(0);
      for (const { name, options, examples } of commands) {
        expect(out).to.match(new RegExp(`^  ${name} `, 'm'));
        const help = await slipway([name, '--help']);
        expect(help.code).to.equal(0);
        for (const option of options) expect(help.out).to.contain(`--${option.name}`);
        for (const [line] of examples) expect(help.out).to.contain(`slipway ${line}`);
        expect(await slipway(['help', name])).to.deep.equal(help);
        expect(Math.max(...help.out.split('\n').map((each) => each.length))).to.be.at.most(100);
      }
    });

    it('tells the version of the package', async () => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
      expect(await slipway(['--version'])).to.deep.equal({ code: 0, out: `${version}\n`, err: '' });
    });
  });

  const misused: readonly (readonly [args: readonly string[], words: RegExp])[] = [
    [['grahp'], /no command "grahp"\. Did you mean graph\?/],
    [['help', 'grahp'], /no command "grahp"\. Did you mean graph\?/],
    [['frobnicate'], /It has check, graph, env, events/],
    [['check', '--topik', 'a'], /no option --topik\. Did you mean --topic\?/],
    [['check', '--topic'], /topic/],
    [['check', '--topic', 'a b'], /no name of a topic/],
    [['check', '--timeout', 'soon'], /whole milliseconds/],
    [['check', '--timeout', '0'], /from 1 to/],
    [['check', '--only', 'mongo'], /takes redis, kafka/],
    [['check', 'extra'], /takes no operand/],
    [['check', '--env-file', '/nowhere/.env'], /cannot be read: ENOENT/],
    [['check', '-x'], /-x/],
    [['graph'], /takes <module>, and was given none/],
    [['graph', 'a', 'b'], /was given 2/],
    [['graph', `${desk}/application.js`, '-f', 'pdf'], /takes mermaid, html, json/],
    [['events', './nowhere.js'], /is not there: .*nowhere\.js/],
    [['events', 'no-such-package-here'], /neither a file nor a package/],
    [['graph', `${desk}/essay.js`], /exports no Application and no providers\. It exports/],
    [['events', `${desk}/essay.js`], /exports no events/],
    [['graph', `${desk}/application.js`, '-e', 'esayDesk'], /exports no esayDesk\. Did you mean essayDesk\?/],
  ];
  for (const [args, words] of misused) {
    it(`exits with 2 and says what is wrong: ${args.join(' ')}`, async () => {
      const { code, out, err } = await slipway(args);
      expect(code).to.equal(2);
      expect(err)
        .to.match(words)
        .and.match(/^slipway: /);
      expect(out).to.equal('');
    });
  }

  it('tells what a module, or a function of it, throws', async () => {
    const broken = moduleOf('broken.mjs', `throw new Error('no way: redis://:hunter2@host');`);
    const thrown = await slipway(['graph', broken]);
    expect(thrown.code).to.equal(2);
    expect(thrown.err)
      .to.match(/cannot be loaded: no way/)
      .and.not.contain('hunter2');
    const failing = await slipway(['graph', `${desk}/application.js`, '-e', 'essayDesk'], {
      REDIS_URL: 'nix',
    });
    expect(failing.err).to.match(/exports essayDesk, which failed: .*REDIS_URL/s);
  });

  it('has a word for TypeScript, which Node 20 does not read', async () => {
    const file = moduleOf('service.ts', 'export const a: number = 1;');
    const { code, err } = await slipway(['events', file]);
    expect(code).to.equal(2);
    expect(err).to.match(/TypeScript|exports no events/);
  });

  describe('graph', () => {
    it('draws an application without starting it, in each form', async () => {
      const args = ['graph', `${desk}/application.js`, '-e', 'essayDesk'];
      const mermaid = await slipway(args, addresses);
      expect(mermaid.code, mermaid.err).to.equal(0);
      expect(mermaid.out)
        .to.match(/^flowchart RL/)
        .and.contain('ContentServiceProtocol');
      const json = JSON.parse((await slipway([...args, '-f', 'json'], addresses)).out) as {
        problems: unknown[];
      };
      expect(json.problems).to.deep.equal([]);
      const file = join(temporary.path, 'graph.html');
      const html = await slipway([...args, '-f', 'html', '-o', file], addresses);
      expect(html).to.deep.equal({ code: 0, out: '', err: `Written: ${file}\n` });
      expect(readFileSync(file, 'utf8')).to.match(/^<!doctype html>/i);
    });

    it('lists the problems of the graph and exits with 1', async () => {
      const source = JSON.stringify(join(process.cwd(), 'build/src/index.js'));
      const file = moduleOf(
        'problems.mjs',
        `import { Provider, token } from ${source};
         const Missing = token()('Missing');
         export const providers = [new Provider('p').provide(token()('A'), { scope: 'APP', inject: [Missing], create: () => 1 })];`,
      );
      const { code, out, err } = await slipway(['graph', file]);
      expect(code).to.equal(1);
      expect(out).to.match(/^flowchart/);
      expect(err).to.contain('Missing');
    });
  });

  describe('env', () => {
    const settings = `${desk}/settings.js`;

    it('lists variables with their values, masked, and where they come from', async () => {
      const file = join(temporary.path, 'desk.env');
      writeFileSync(file, 'PORT=4000\nSERVICE_NAME=from-file\nHOST=192.0.2.1\n');
      const env = { ...addresses, SERVICE_NAME: 'desk', KAFKA_SASL_PASSWORD: '' };
      const { code, out, err } = await slipway(['env', settings, '--env-file', file], env);
      expect(code, err).to.equal(0);
      const row = (name: string): string => out.split('\n').find((line) => line.includes(`  ${name} `)) ?? '';
      expect(row('SERVICE_NAME')).to.match(/desk +environment$/);
      expect(row('PORT')).to.match(/4000 +\S*desk\.env$/);
      expect(row('REDIS_URL')).to.match(/redis:\/\/\S*\*\*\*@127\.0\.0\.1:1 +environment$/);
      expect(row('REDIS_DEADLINE_MS')).to.match(/4000|4s.* default$/);
      expect(row('KAFKA_SASL_PASSWORD')).to.match(/KAFKA_SASL_PASSWORD +-$/);
      expect(out).to.not.contain('hunter2');
    });

    it('marks what is wrong and exits with 1', async () => {
      const { code, out, err } = await slipway(['env', settings], {
        PORT: 'eighty',
        REDIS_PASWORD: 'hunter2',
      });
      expect(code).to.equal(1);
      expect(out)
        .to.match(/^! {2}PORT /m)
        .and.match(/^! {2}SERVICE_NAME +\(required, not set\)/m);
      expect(err).to.contain('PORT is "eighty": expected').and.contain('is REDIS_PASSWORD meant?');
      expect(out + err).to.not.contain('hunter2');
    });

    it('is JSON, an example file, or a table of a document', async () => {
      const env = { ...addresses, SERVICE_NAME: 'desk' };
      const json = JSON.parse((await slipway(['env', settings, '-f', 'json', '--own'], env)).out) as {
        ok: boolean;
        groups: { title: string; variables: { variable: string }[] }[];
      };
      expect(json.ok).to.equal(true);
      expect(json.groups.map(({ variables }) => variables.map(({ variable }) => variable))).to.deep.equal([
        ['HOST', 'PORT'],
      ]);
      expect((await slipway(['env', '-f', 'example'])).out)
        .to.match(/^# /)
        .and.contain('SERVICE_NAME=');
      expect((await slipway(['env', '-f', 'markdown'])).out).to.match(/^\| Variable \|/);
    });
  });

  describe('events', () => {
    it('lists the events of a module, as a table, AsyncAPI and JSON Schema', async () => {
      const args = ['events', `${desk}/content-created.js`];
      const table = await slipway(args);
      expect(table.code, table.err).to.equal(0);
      expect(table.out)
        .to.match(/^\| Event \|/)
        .and.match(/user_id|content/);
      const document = JSON.parse((await slipway([...args, '-f', 'asyncapi', '--title', 'Desk'])).out) as {
        asyncapi: string;
        info: { title: string; version: string };
      };
      expect(document).to.deep.include({ asyncapi: '3.0.0', info: { title: 'Desk', version: '1.0.0' } });
      expect(
        Object.keys(JSON.parse((await slipway([...args, '-f', 'json-schema'])).out) as object),
      ).to.have.length(1);
    });

    it('finds the events that providers add to an application', async () => {
      const direct = await slipway(['events', `${desk}/content-created.js`]);
      const provided = await slipway(['events', `${desk}/application.js`, '-e', 'essayDesk'], addresses);
      expect(provided).to.deep.equal(direct);
    });
  });

  it('opens no connection for graph, env and events; the same watch sees those of check', async () => {
    const env = { ...addresses, SERVICE_NAME: 'desk' };
    const application = [`${desk}/application.js`, '-e', 'essayDesk'];
    const quiet = await networkOf(async () => {
      for (const args of [
        ['graph', ...application],
        ['graph', ...application, '-f', 'html'],
        ['env', `${desk}/settings.js`],
        ['events', ...application],
        ['events', ...application, '-f', 'asyncapi'],
      ]) {
        expect((await slipway(args, env)).code, args.join(' ')).to.equal(0);
      }
    });
    expect(quiet).to.deep.equal([]);
    expect(await networkOf(() => slipway(['check'], env))).to.include('TCPCONNECTWRAP');
  });

  it('checks embedded servers too, a message of Kafka among it', async () => {
    const env = { SERVICE_NAME: 'desk', REDIS_URL: 'memory://', KAFKA_BOOTSTRAP_SERVERS: 'memory://' };
    const { code, out } = await slipway(['check', '--topic', 'a'], env);
    expect(out)
      .to.match(/^ok {4}kafka\.read .*read back from partition 0 at offset 0/m)
      .and.not.match(/FAIL/);
    expect(code).to.equal(0);
  });
});
