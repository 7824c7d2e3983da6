import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { createLoggerFactory, type LoggingOptions, SlipwayError } from '../../../src/index.js';
import { FileSink } from '../../../src/logging/file-sink.js';
import { MemoryLog } from '../../support/memory-log.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);

const messagesOf = (file: string): string[] =>
  linesOf(file).map((line) => (JSON.parse(line) as { message: string }).message);

const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + from}`);

describe(FileSink.name, () => {
  let folder: TemporaryFolder;
  let path: string;

  beforeEach(() => {
    folder = new TemporaryFolder('log');
    path = join(folder.path, 'logs', 'desk.log');
  });

  afterEach(() => {
    sinon.restore();
    folder[Symbol.dispose]();
  });

  function fileLogger(file: Partial<LoggingOptions['file']> = {}, options: Partial<LoggingOptions> = {}) {
    const log = new MemoryLog();
    const factory = createLoggerFactory({ service: 's', stream: log, file: { path, ...file }, ...options });
    return { log, factory, logger: factory('m') };
  }

  /** All that was written, the oldest file first. */
  const allMessages = (): string[] =>
    readdirSync(join(folder.path, 'logs'))
      .toSorted((left, right) => Number(right.split('.')[2] ?? 0) - Number(left.split('.')[2] ?? 0))
      .flatMap((name) => messagesOf(join(folder.path, 'logs', name)));
  it('writes what the stream gets, in a folder that it makes', async () => {
    const { log, factory, logger } = fileLogger();
    expect(statSync(path).size).to.equal(0);
    for (const message of numbered(100)) logger.info(message, { text: 'é\u2028"' });
    await factory.flush();
    expect(readFileSync(path, 'utf8')).to.equal(log.text);
    expect(messagesOf(path)).to.deep.equal(numbered(100));
  });

  it('appends to what is there', async () => {
    for (const start of [0, 10, 20]) {
      const { factory, logger } = fileLogger();
      for (const message of numbered(10, start)) logger.info(message);
      await factory.flush();
    }
    expect(messagesOf(path)).to.deep.equal(numbered(30));
  });

  it('begins a line of its own where a process was killed within one', async () => {
    mkdirSync(join(folder.path, 'logs'));
    writeFileSync(path, '{"message":"whole"}\n{"mess');
    const { factory, logger } = fileLogger();
    logger.info('next');
    await factory.flush();
    const [whole, torn, next, ...rest] = linesOf(path);
    expect([whole, torn, rest]).to.deep.equal(['{"message":"whole"}', '{"mess', []]);
    expect(JSON.parse(next ?? '')).to.include({ message: 'next' });
  });

  it('has no colour even where the stream has', async () => {
    const stream = Object.assign(new MemoryLog(), { isTTY: true, hasColors: () => true });
    const factory = createLoggerFactory({ service: 's', stream, format: 'console', file: { path } });
    const { FORCE_COLOR, NO_COLOR } = process.env;
    try {
      delete process.env['NO_COLOR'];
      process.env['FORCE_COLOR'] = '1';
      factory('m').info('x', { a: 1 });
    } finally {
      delete process.env['FORCE_COLOR'];
      if (FORCE_COLOR !== undefined) process.env['FORCE_COLOR'] = FORCE_COLOR;
      if (NO_COLOR !== undefined) process.env['NO_COLOR'] = NO_COLOR;
    }
    await factory.flush();
    expect(stream.text).to.contain('\u001b[32m');
    expect(readFileSync(path, 'utf8')).to.match(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}m: x a=1\n$/);
  });

  describe('rotation', () => {
    it('loses, doubles and reorders no line of a burst, and lets no file grow over its limit', async () => {
      const { factory, logger } = fileLogger({ maxBytes: 100_000, backupCount: 100 });
      for (const message of numbered(10_000)) logger.info(message);
      await factory.flush();
      const files = readdirSync(join(folder.path, 'logs'));
      expect(files.length).to.be.greaterThan(10);
      for (const file of files)
        expect(statSync(join(folder.path, 'logs', file)).size).to.be.lessThan(100_000);
      expect(allMessages()).to.deep.equal(numbered(10_000));
    });

    it('goes on through restarts, lines of many turns, and both at once', async () => {
      for (let start = 0; start < 300; start += 100) {
        const { factory, logger } = fileLogger({ maxBytes: 2_000, backupCount: 100 });
        for (const message of numbered(100, start)) {
          logger.info(message);
          if (message.endsWith('3')) await new Promise(setImmediate);
          if (message.endsWith('7')) await factory.flush();
        }
        await factory.flush();
      }
      expect(allMessages()).to.deep.equal(numbered(300));
    });

    it('happens once for all that log to the file, however its path is written', async () => {
      const loggers = [path, join(folder.path, 'logs', '..', 'logs', 'desk.log'), relative('', path)].map(
        (each) => fileLogger({ path: each, maxBytes: 2_000, backupCount: 100 }),
      );
      for (let line = 0; line < 300; line += 1) {
        loggers[line % 3]?.logger.info(`line ${line}`);
        if (line % 20 === 0) await new Promise(setImmediate);
      }
      await Promise.all(loggers.map(({ factory }) => factory.flush()));
      expect(allMessages()).to.deep.equal(numbered(300));
      for (const name of readdirSync(join(folder.path, 'logs'))) {
        if (name === 'desk.log') continue;
        expect(statSync(join(folder.path, 'logs', name)).size, name)
          .to.be.greaterThan(1_800)
          .and.lessThan(2_000);
      }
    });

    it('fills a gap between the files before it, and touches none behind that', async () => {
      const { factory, logger } = fileLogger({ maxBytes: 100, backupCount: 4 });
      for (const [name, content] of [
        ['.1', 'one'],
        ['.3', 'three'],
      ])
        writeFileSync(`${path}${name}`, content ?? '');
      for (const message of ['a', 'b']) {
        logger.info(message);
        await factory.flush();
      }
      expect(messagesOf(`${path}.1`)).to.deep.equal(['a']);
      expect(readFileSync(`${path}.2`, 'utf8')).to.equal('one');
      expect(readFileSync(`${path}.3`, 'utf8')).to.equal('three');
      expect(existsSync(`${path}.4`)).to.equal(false);
    });

    it('keeps so many files, the youngest as .1', async () => {
      const { factory, logger } = fileLogger({ maxBytes: 100, backupCount: 3 });
      for (const message of numbered(10)) {
        logger.info(message);
        await factory.flush();
      }
      expect(readdirSync(join(folder.path, 'logs')).toSorted()).to.deep.equal([
        'desk.log',
        'desk.log.1',
        'desk.log.2',
        'desk.log.3',
      ]);
      for (const [file, message] of [
        ['', 9],
        ['.1', 8],
        ['.2', 7],
        ['.3', 6],
      ] as const) {
        expect(messagesOf(`${path}${file}`)).to.deep.equal([`line ${message}`]);
      }
    });

    it('begins a new file before the line that would fill it, as RotatingFileHandler does', async () => {
      const { log, factory, logger } = fileLogger();
      logger.info('x');
      await factory.flush();
      const { length } = log.text;
      for (const [maxBytes, files] of [
        [3 * length + 1, 1],
        [3 * length, 2],
      ] as const) {
        rmSync(join(folder.path, 'logs'), { recursive: true });
        const next = fileLogger({ maxBytes });
        for (let line = 0; line < 3; line += 1) next.logger.info('x');
        await next.factory.flush();
        expect(readdirSync(join(folder.path, 'logs'))).to.have.length(files);
      }
    });

    it('gives a line that is longer than a file one of its own', async () => {
      const { factory, logger } = fileLogger({ maxBytes: 300, backupCount: 5 });
      for (const message of ['a', 'b'.repeat(500), 'c']) logger.info(message);
      await factory.flush();
      expect(allMessages().map((message) => message.length)).to.deep.equal([1, 500, 1]);
    });

    for (const file of [{ maxBytes: 0 }, { maxBytes: 100, backupCount: 0 }]) {
      it(`never happens with ${JSON.stringify(file)}`, async () => {
        const { factory, logger } = fileLogger(file);
        for (const message of numbered(50)) logger.info(message);
        await factory.flush();
        expect(allMessages()).to.deep.equal(numbered(50));
        expect(readdirSync(join(folder.path, 'logs'))).to.have.length(1);
      });
    }

    it('that fails loses no line and is told once', async () => {
      const { log, factory, logger } = fileLogger({ maxBytes: 200, backupCount: 1 });
      mkdirSync(join(`${path}.1`, 'full'), { recursive: true });
      for (const message of numbered(20)) logger.info(message);
      await factory.flush();
      await factory.flush();
      expect(messagesOf(path).filter((message) => message.startsWith('line'))).to.deep.equal(numbered(20));
      const told = log.records.filter(({ module }) => module === 'logging');
      expect(told).to.have.length(1);
      expect(told[0]).to.include({ level: 'error', message: 'The log file cannot be renamed: it grows.' });
    });
  });

  describe('a file that cannot be written', () => {
    it('is a typed error when logging is configured', () => {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(folder.path, 'file'), '');
      for (const [wrong, reason] of [
        [path, 'EISDIR'],
        [join(folder.path, 'file', 'a.log'), /ENOTDIR|EEXIST/],
        ['a\u0000b', 'ERR_INVALID_ARG_VALUE'],
      ] as const) {
        expect(() => fileLogger({ path: wrong }))
          .to.throw(SlipwayError, /The log file .* cannot be written: .*LOG_FILE_PATH/s)
          .that.has.property('code', 'SLIPWAY_LOGGING_FILE');
        expect(() => fileLogger({ path: wrong })).to.throw(
          reason instanceof RegExp ? reason : new RegExp(reason),
        );
      }
    });

    for (const file of [
      { maxBytes: -1 },
      { maxBytes: 1.5 },
      { backupCount: -1 },
      { backupCount: Number.NaN },
    ]) {
      const [name = ''] = Object.keys(file);
      it(`nor can one with a ${name} of ${Object.values(file).join()}`, () => {
        expect(() => fileLogger(file)).to.throw(
          SlipwayError,
          `SLIPWAY_LOGGING_OPTIONS] The logging options are wrong: file.${name}`,
        );
      });
    }

    it('later on is told on the stream, costs what it must, and is told again when it can be', async () => {
      const { log, factory, logger } = fileLogger();
      logger.info('first');
      await factory.flush();
      const aside = join(folder.path, 'aside');
      renameSync(path, aside);
      mkdirSync(path);
      for (const message of numbered(5)) logger.info(message);
      await factory.flush();
      logger.info('lost too');
      await factory.flush();
      const told = log.records.filter(({ module }) => module === 'logging');
      expect(told.map(({ message }) => message)).to.deep.equal([
        'The log file cannot be written: its lines are lost.',
      ]);
      expect(told[0]?.['context']).to.have.property('path', path);
      rmSync(path, { recursive: true });
      renameSync(aside, path);
      logger.info('last');
      await factory.flush();
      await factory.flush();
      expect(messagesOf(path)).to.deep.equal(['first', 'last', 'The log file is written again.']);
      expect(log.records.at(-1)).to.deep.include({ context: { path, lost: 7 } });
      expect(log.records.filter(({ module }) => module === 'm')).to.have.length(8);
    });

    it('for a moment costs no line', async () => {
      const { factory, logger } = fileLogger();
      renameSync(path, `${path}.aside`);
      mkdirSync(path);
      logger.info('waits');
      const flushed = factory.flush();
      await promises.rm(path, { recursive: true });
      await flushed;
      expect(messagesOf(path)).to.deep.equal(['waits']);
    });

    if (existsSync('/dev/full')) {
      it('because the disk is full is told with its reason', async () => {
        const { log, factory, logger } = fileLogger();
        rmSync(path);
        symlinkSync('/dev/full', path);
        logger.info('x');
        await factory.flush();
        await factory.flush();
        expect(log.text).to.contain('ENOSPC').and.contain('its lines are lost');
      });
    }

    it('in the middle of a line gets that line again, whole, and no other twice', async () => {
      const { factory, logger } = fileLogger();
      const handle = await promises.open(path);
      const prototype = Object.getPrototypeOf(handle) as promises.FileHandle;
      await handle.close();
      const write = sinon.stub(prototype, 'write');
      // Takes one line and a half, then fails twice: first as a full disk does, then with the end of the torn line.
      write.callThrough();
      write.onCall(0).callsFake(async function (this: promises.FileHandle, bytes: unknown) {
        const part = (bytes as Buffer).subarray(0, 130);
        await promises.appendFile(path, part);
        return { bytesWritten: part.length, buffer: bytes };
      } as never);
      write.onCall(1).rejects(new Error('ENOSPC'));
      write.onCall(2).rejects(new Error('ENOSPC'));
      for (const message of numbered(5)) logger.info(message);
      await factory.flush();
      sinon.assert.callCount(write, 4);
      const [first, torn, ...rest] = linesOf(path);
      expect(JSON.parse(first ?? '')).to.include({ message: 'line 0' });
      expect(() => JSON.parse(torn ?? '') as unknown).to.throw(SyntaxError);
      expect(rest.map((line) => (JSON.parse(line) as { message: string }).message)).to.deep.equal(
        numbered(4, 1),
      );
    });
  });

  it('that is moved away or removed with its folder is made anew', async () => {
    const { factory, logger } = fileLogger();
    logger.info('first');
    await factory.flush();
    renameSync(path, `${path}.moved`);
    logger.info('second');
    await factory.flush();
    expect([messagesOf(`${path}.moved`), messagesOf(path)]).to.deep.equal([['first'], ['second']]);
    rmSync(join(folder.path, 'logs'), { recursive: true });
    logger.info('third');
    await factory.flush();
    expect(messagesOf(path)).to.deep.equal(['third']);
  });

  it('drops lines over its limit of waiting bytes, not memory, and tells how many', async () => {
    const { log, factory, logger } = fileLogger({}, { maxWaitingBytes: 5_000 });
    for (const message of numbered(200)) logger.info(message);
    await factory.flush();
    logger.info('last');
    await factory.flush();
    const kept = messagesOf(path).filter((message) => message.startsWith('line')).length;
    expect(kept).to.be.greaterThan(10).and.lessThan(100);
    const told = log.records.find(({ message }) => String(message).includes('log file were dropped'));
    expect(told?.['context']).to.deep.equal({ dropped: 200 - kept });
    expect(messagesOf(path).at(-1)).to.equal('last');
  });

  it('listens to the end of the process only while lines wait', async () => {
    const before = process.listenerCount('exit');
    const { factory, logger } = fileLogger();
    expect(process.listenerCount('exit')).to.equal(before);
    logger.info('x');
    expect(process.listenerCount('exit')).to.equal(before + 1);
    await factory.flush();
    while (process.listenerCount('exit') > before) await new Promise(setImmediate);
  });
});
