import { setImmediate as turn } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { createLoggerFactory } from '../../../src/index.js';
import { LogWriter } from '../../../src/logging/log-writer.js';
import { MemoryLog, memoryLogger } from '../../support/memory-log.js';

describe(LogWriter.name, () => {
  afterEach(() => {
    sinon.restore();
  });

  describe('flush', () => {
    it('waits for lines that the stream has not taken yet', async () => {
      const { log, factory, logger } = memoryLogger({ held: true });
      logger.info('first');
      logger.info('second');
      const flushed = sinon.spy();
      const flush = factory.flush().then(flushed);
      for (let turns = 0; turns < 10; turns += 1) await turn();
      sinon.assert.notCalled(flushed);
      log.release();
      await flush;
      expect(log.records.map((record) => record['message'])).to.deep.equal(['first', 'second']);
    });

    it('does not wait for lines that come after it', async () => {
      const { log, factory, logger } = memoryLogger({ held: true });
      logger.info('first');
      const flush = factory.flush();
      logger.info('second');
      await turn(); // winston connects its stages in the next turn
      log.takeOne();
      await flush;
      expect(log.records.map((record) => record['message'])).to.deep.equal(['first']);
      log.release();
      await factory.flush();
      expect(log.lines).to.have.length(2);
    });

    it('does not take lines dropped after it for those before it', async () => {
      const { log, factory, logger } = memoryLogger({ held: true, maxWaitingBytes: 100 });
      logger.info('first');
      await turn();
      const flushed = sinon.spy();
      const flush = factory.flush().then(flushed);
      for (let line = 0; line < 10; line += 1) logger.info('dropped');
      await turn();
      sinon.assert.notCalled(flushed);
      log.release();
      await flush;
      expect(log.records[0]?.['message']).to.equal('first');
    });

    it('resolves for each caller when all lines before it have ended', async () => {
      const { log, factory, logger } = memoryLogger({ held: true });
      logger.info('first');
      const first = factory.flush();
      await turn();
      const second = sinon.spy();
      const flush = factory.flush().then(second);
      await turn();
      sinon.assert.notCalled(second);
      log.release();
      await Promise.all([first, flush]);
    });

    it('resolves at once when nothing was logged', async () => {
      await memoryLogger({ held: true }).factory.flush();
    });
  });

  describe('with a stream', () => {
    it('that is not read loses lines, not memory or time, and logs how many once it is read', async () => {
      const { log, factory, logger } = memoryLogger({ held: true, maxWaitingBytes: 10_000 });
      logger.info('first');
      await turn();
      for (let line = 0; line < 1_000; line += 1) logger.info(`line ${line}`);
      expect(log.writableLength).to.be.lessThan(11_000);
      log.release();
      await factory.flush();
      logger.info('last');
      await factory.flush();
      const [lost, last] = log.records.slice(-2);
      expect(last).to.include({ message: 'last' });
      expect(lost).to.include({ level: 'warn', module: 'logging' });
      const written = log.records.length - 2;
      expect(written).to.be.greaterThan(10);
      expect(lost?.['context']).to.deep.equal({ dropped: 1_001 - written });
    });

    it('that fails, throws or was closed neither throws nor keeps flush waiting', async () => {
      const failing = new Writable({
        write(_chunk, _encoding, done) {
          done(new Error('EPIPE'));
        },
      });
      const throwing = new MemoryLog();
      sinon.stub(throwing, 'write').throws(new Error('no'));
      const closed = new MemoryLog();
      closed.destroy();
      const ended = new MemoryLog();
      ended.end();
      for (const stream of [failing, throwing, closed, ended]) {
        const { factory, logger } = memoryLogger({ stream });
        for (const message of ['first', 'second', 'third']) {
          logger.info(message);
          await factory.flush();
        }
      }
    });

    it('listens to it once, however many factories write to it', () => {
      const stream = new MemoryLog();
      for (let count = 0; count < 20; count += 1)
        createLoggerFactory({ service: 'a', stream })('m').info('x');
      expect(stream.listenerCount('error')).to.equal(1);
    });
  });
});
