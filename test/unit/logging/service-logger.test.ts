import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  configureServiceLogging,
  createServiceLogger,
  flushServiceLogs,
  loadSettings,
  type LogLevel,
  loggingOptions,
} from '../../../src/index.js';
import { optionsFromEnvironment } from '../../../src/logging/environment.js';
import { MemoryLog } from '../../support/memory-log.js';

const index = new URL('../../../src/index.js', import.meta.url).href;
const imported = `import * as slipway from ${JSON.stringify(index)};\n`;

/** Runs `script` in a process of its own, where nothing was configured before; gives the lines of its stdout. */
async function run(script: string, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', imported + script],
    { env, maxBuffer: 2 ** 24 },
  );
  expect(stderr).to.equal('');
  return stdout.split('\n').slice(0, -1);
}

describe(createServiceLogger.name, () => {
  it('takes service, level and format from the environment as it is at the first line', async () => {
    const script = `
      const logger = slipway.createServiceLogger('early');
      process.env.SERVICE_NAME = ' essay-desk ';
      process.env.LOG_LEVEL = 'WARNING';
      logger.info('not shown');
      logger.warn('shown', { a: 1 });
      await slipway.flushServiceLogs();`;
    const lines = await run(script);
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0] ?? '')).to.include({
      service: 'essay-desk',
      module: 'early',
      message: 'shown',
    });
    expect((await run(script, { LOG_FORMAT: 'CONSOLE' }))[0]).to.match(/ WARN {2}early: shown a=1$/);
  });

  it('does with an environment that is empty or wrong', async () => {
    const script = `
      slipway.createServiceLogger('m').debug('not shown');
      slipway.createServiceLogger('m').info('shown');
      await slipway.flushServiceLogs();`;
    const wrong = { SERVICE_NAME: '', LOG_LEVEL: 'loud', LOG_FORMAT: 'xml' };
    for (const env of [{}, wrong]) {
      const lines = await run(script, env);
      expect(lines).to.have.length(1);
      expect(JSON.parse(lines[0] ?? '')).to.include({ service: 'unknown', level: 'info' });
    }
  });

  it('loads winston with the first line and not before', async () => {
    const [before, , after] = await run(`
      import { createRequire } from 'node:module';
      const { cache } = createRequire(import.meta.url);
      const loaded = () => Object.keys(cache).some((path) => path.includes('winston'));
      const logger = slipway.createServiceLogger('m');
      logger.debug('below the level');
      console.log(loaded());
      logger.info('x');
      await slipway.flushServiceLogs();
      console.log(loaded());`);
    expect([before, after]).to.deep.equal(['false', 'true']);
  });

  it('does not end its process when nobody reads the log any more', async () => {
    const script = `
      await once(process.stdin, 'data');
      const logger = slipway.createServiceLogger('m');
      for (let line = 0; line < 100; line += 1) {
        logger.info('x');
        await slipway.flushServiceLogs();
      }
      process.exit(0);`;
    const source = `import { once } from 'node:events';\n${imported}${script}`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdout.destroy();
    child.stdin.write('closed');
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([code, signal]).to.deep.equal([0, null]);
  });

  it('keeps lines that a process writes just before its end', async () => {
    const lines = await run(`
      const logger = slipway.createServiceLogger('m');
      for (let line = 0; line < 2000; line += 1) logger.info('line ' + line, { text: 'x'.repeat(500) });
      await slipway.flushServiceLogs();
      process.exit(0);`);
    expect(lines).to.have.length(2_000);
    expect(JSON.parse(lines[1_999] ?? '')).to.include({ message: 'line 1999' });
  });
});

describe(configureServiceLogging.name, () => {
  it('is obeyed by loggers made before it, each time it is called', async () => {
    const logger = createServiceLogger('early');
    const first = new MemoryLog();
    const second = new MemoryLog();
    configureServiceLogging({ service: 'one', stream: first });
    logger.info('first');
    logger.debug('not shown');
    configureServiceLogging({ service: 'two', level: 'debug', stream: second });
    logger.debug('second');
    await flushServiceLogs();
    expect(first.records.map((each) => [each['service'], each['message']])).to.deep.equal([['one', 'first']]);
    expect(second.records.map((each) => [each['service'], each['message']])).to.deep.equal([
      ['two', 'second'],
    ]);
  });

  it('leaves all as it was where it is given what makes no sense', async () => {
    const logger = createServiceLogger('early');
    const log = new MemoryLog();
    configureServiceLogging({ service: 'one', stream: log });
    const wrong = { service: 'two', level: 'loud' as LogLevel };
    expect(() => configureServiceLogging(wrong)).to.throw('SLIPWAY_LOGGING_OPTIONS');
    logger.info('first');
    await flushServiceLogs();
    expect(log.records.map((each) => each['service'])).to.deep.equal(['one']);
  });

  it('leaves no line behind: flush still waits for those of the stream before', async () => {
    const logger = createServiceLogger('early');
    const before = new MemoryLog({ held: true });
    configureServiceLogging({ service: 'one', stream: before });
    logger.info('first');
    configureServiceLogging({ service: 'two', stream: new MemoryLog() });
    const flushed = sinon.spy();
    const flush = flushServiceLogs().then(flushed);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    sinon.assert.notCalled(flushed);
    before.release();
    await flush;
    expect(before.lines).to.have.length(1);
  });
});

describe(optionsFromEnvironment.name, () => {
  const base = { SERVICE_NAME: 'desk' };
  const right: readonly Readonly<Record<string, string>>[] = [
    {},
    { ENVIRONMENT: 'Production', LOG_LEVEL: 'WARNING', LOG_FORMAT: 'Console', LOG_FIELDS: 'ORIGINAL' },
    { LOG_LEVEL: 'critical', LOG_LEVELS: 'kafka-bus=debug, redis*=Warning,*=silent' },
    { LOG_TO_FILE: 'yes' },
    { LOG_TO_FILE: '1', LOG_FILE_PATH: ' /a/b.log ', LOG_MAX_BYTES: '0', LOG_BACKUP_COUNT: '3' },
    { LOG_TO_FILE: 'ON', LOG_FILE_PATH: '' },
    { LOG_TO_FILE: 'no', LOG_FILE_PATH: '/a' },
  ];
  for (const env of right) {
    it(`reads ${JSON.stringify(env)} as the settings do`, () => {
      const options = optionsFromEnvironment({ ...base, ...env });
      const defaults = { environment: 'development' };
      const file = options.file && { file: { maxBytes: 104_857_600, backupCount: 10, ...options.file } };
      expect({ ...defaults, ...options, ...file }).to.deep.equal({
        ...loggingOptions(loadSettings({ ...base, ...env }).service),
      });
    });
  }

  it('takes what the settings refuse as unset', () => {
    const wrong = {
      ...base,
      LOG_LEVEL: 'silent',
      LOG_FORMAT: 'xml',
      LOG_FIELDS: 'python',
      LOG_LEVELS: 'a=loud',
      LOG_TO_FILE: 'maybe',
      LOG_MAX_BYTES: '100MB',
    };
    expect(optionsFromEnvironment(wrong)).to.deep.equal(optionsFromEnvironment(base));
    const file = { LOG_TO_FILE: 'true', LOG_MAX_BYTES: '1e6', LOG_BACKUP_COUNT: '-1' };
    expect(optionsFromEnvironment({ ...base, ...file }).file).to.deep.equal({ path: '/app/logs/desk.log' });
  });
});
