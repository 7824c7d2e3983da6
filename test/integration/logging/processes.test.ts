import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { projectRoot } from '../../support/project-root.js';
import { Child } from '../../support/child.js';
import { until } from '../../support/until.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const index = JSON.stringify(new URL('../../../src/index.js', import.meta.url).href);
const fixture = 'test/fixtures/log-service.fixture.ts';

interface Line {
  readonly module: string;
  readonly message: string;
}

const parsed = (output: string): Line[] =>
  output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, line) => `line ${line}`);

/** The lines of `path` and of the files before it, the oldest first. */
function linesOfFiles(folder: string, name: string): Line[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(name))
    .toSorted((left, right) => Number(right.split('.')[2] ?? 0) - Number(left.split('.')[2] ?? 0))
    .flatMap((file) => parsed(readFileSync(join(folder, file), 'utf8')));
}

/** Runs `script`; nobody reads its stdout before that is asked for. */
function runScript(script: string, env: Readonly<Record<string, string>> = {}) {
  const source = `import * as slipway from ${index};\n${script}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', source], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

describe('the log of a process', () => {
  let folder: TemporaryFolder;
  let path: string;

  beforeEach(() => {
    folder = new TemporaryFolder('log');
    path = join(folder.path, 'desk.log');
  });

  afterEach(() => {
    folder[Symbol.dispose]();
  });

  it('that runs an application is whole after its end: stream and file, releases and steps', async () => {
    const child = spawn(process.execPath, [join('build', fixture.replace('.ts', '.js'))], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        SERVICE_NAME: 'desk',
        LINES: '5000',
        LOG_TO_FILE: 'yes',
        LOG_FILE_PATH: path,
        LOG_MAX_BYTES: '200000',
        LOG_BACKUP_COUNT: '100',
      },
    });
    const ended = codeOf(child);
    await once(child.stderr, 'data');
    child.kill('SIGTERM');
    // Its pipe has been full for a while when somebody reads at last.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);

    expect([code, errors]).to.deep.equal([0, '']);
    const files = linesOfFiles(folder.path, 'desk.log');
    expect(readdirSync(folder.path).length).to.be.greaterThan(5);
    for (const lines of [parsed(output), files]) {
      const own = lines.filter(({ module }) => module === 'server').map(({ message }) => message);
      expect(own).to.deep.equal(numbered(5_000));
      expect(lines.filter(({ module }) => module === 'store').map(({ message }) => message)).to.deep.equal([
        'store closed',
      ]);
      const steps = lines.filter(({ module }) => module === 'run').map(({ message }) => message);
      expect(steps[0]).to.equal('Stopping on SIGTERM');
      expect(steps.map((step) => step.replace(/ in .*/, ''))).to.deep.equal([
        'Stopping on SIGTERM',
        'Server released',
        'Store released',
        'LoggerFactory released',
        'Stopped',
      ]);
    }
  });

  it('whose file cannot be written does not start, and says why in one line', async () => {
    mkdirSync(path);
    await using child = Child.node(fixture, {
      env: { SERVICE_NAME: 'desk', LINES: '0', LOG_TO_FILE: '1', LOG_FILE_PATH: path },
    });
    expect(await child.ended).to.deep.equal({ code: 1, signal: null });
    expect(child.stderr).to.match(
      /^\[SLIPWAY_CONTAINER_START\] .*LoggerFactory.*log file .*desk\.log.*EISDIR.*\n$/,
    );
  });

  it('goes on without the file where a logger outside of an application cannot write it', async () => {
    mkdirSync(path);
    const script = `slipway.createServiceLogger('m').info('x'); await slipway.flushServiceLogs();`;
    const child = runScript(script, { LOG_TO_FILE: 'true', LOG_FILE_PATH: path });
    const [output, code] = await Promise.all([text(child.stdout), codeOf(child)]);
    expect(code).to.equal(0);
    expect(parsed(output).map(({ module, message }) => [module, message])).to.deep.equal([
      ['logging', 'Lines go to no file.'],
      ['m', 'x'],
    ]);
    expect(output).to.contain('SLIPWAY_LOGGING_FILE').and.contain('EISDIR');
  });

  for (const [how, last] of [
    ['an uncaught error ends it', `throw new Error('the end');`],
    ['it exits', 'process.exit(1);'],
    [
      'an uncaught error ends it while lines are being written',
      `setImmediate(() => setImmediate(() => { throw 1; }));`,
    ],
  ] as const) {
    it(`has its lines in the file where ${how}, each once`, async () => {
      const script = `
        const logger = slipway.createServiceLogger('m');
        for (let line = 0; line < 3000; line += 1) logger.info('line ' + line, { text: 'x'.repeat(500) });
        ${last}`;
      const child = runScript(script, {
        LOG_TO_FILE: 'true',
        LOG_FILE_PATH: path,
        LOG_MAX_BYTES: '400000',
        LOG_BACKUP_COUNT: '100',
      });
      child.stdout.resume();
      child.stderr.resume();
      expect(await codeOf(child)).to.not.equal(0);
      expect(linesOfFiles(folder.path, 'desk.log').map(({ message }) => message)).to.deep.equal(
        numbered(3_000),
      );
    });
  }

  it('that was killed holds a beginning of its lines, and the next process goes on in it', async () => {
    const script = `
      const logger = slipway.createServiceLogger('m');
      let line = 0;
      setInterval(() => { for (let i = 0; i < 100; i += 1) logger.info('line ' + line++, { text: 'x'.repeat(500) }); }, 1);`;
    const env = { LOG_TO_FILE: 'true', LOG_FILE_PATH: path, LOG_LEVELS: 'm=info' };
    const child = runScript(script, env);
    child.stdout.resume();
    child.stderr.resume();
    const ended = codeOf(child);
    await until(() => existsSync(path) && statSync(path).size > 100_000, 'lines are in the file', 20_000);
    child.kill('SIGKILL');
    await ended;

    const next = runScript(
      `slipway.createServiceLogger('m').info('next'); await slipway.flushServiceLogs();`,
      env,
    );
    next.stdout.resume();
    next.stderr.resume();
    expect(await codeOf(next)).to.equal(0);
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    expect(JSON.parse(lines.pop() ?? '')).to.include({ message: 'next' });
    const whole = lines.filter((line) => line.endsWith('}'));
    expect(whole.length)
      .to.be.greaterThan(0)
      .and.at.least(lines.length - 1);
    expect(whole.map((line) => (JSON.parse(line) as Line).message)).to.deep.equal(numbered(whole.length));
  });

  it('neither waits nor grows where nobody reads its stdout', async () => {
    const child = runScript(`
      const { setFlagsFromString } = await import('node:v8');
      const { runInNewContext } = await import('node:vm');
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc');
      const live = () => {
        collect();
        const { heapUsed, external } = process.memoryUsage();
        return heapUsed + external;
      };
      const logger = slipway.createServiceLogger('m');
      logger.info('first');
      await new Promise(setImmediate);
      const before = live();
      for (let line = 0; line < 50000; line += 1) logger.info('line', { text: 'x'.repeat(2000) });
      await new Promise(setImmediate);
      process.stderr.write(JSON.stringify([process.stdout.writableLength, live() - before]));
      process.exit(0);`);
    const [told, code] = await Promise.all([text(child.stderr), codeOf(child)]);
    child.stdout.destroy();
    expect(code).to.equal(0);
    const [waiting = Number.NaN, grown = Number.NaN] = JSON.parse(told) as number[];
    expect(waiting).to.be.lessThan(17 * 1024 * 1024);
    // Over 100 MB were logged.
    expect(grown).to.be.lessThan(40 * 1024 * 1024);
  });
});
