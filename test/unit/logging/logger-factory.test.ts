import { expect } from 'chai';
import * as sinon from 'sinon';
import { createLoggerFactory } from '../../../src/index.js';
import { memoryLogger } from '../../support/memory-log.js';

describe(createLoggerFactory.name, () => {
  it("writes one JSON object a line with the original's fields in their order", async () => {
    const { log, factory, logger } = memoryLogger();
    logger.info('Published.', { topic: 'essays', partition: 3 });
    factory('redis-client').error('Lost\nconnection.');
    await factory.flush();
    expect(log.lines).to.have.length(2);
    expect(Object.keys(log.records[0] ?? {})).to.deep.equal([
      'timestamp',
      'level',
      'service',
      'module',
      'message',
      'context',
    ]);
    const { timestamp, ...first } = log.records[0] ?? {};
    expect(timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(first).to.deep.equal({
      level: 'info',
      service: 'essay-desk',
      module: 'kafka-bus',
      message: 'Published.',
      context: { topic: 'essays', partition: 3 },
    });
    expect(log.records[1]).to.include({
      level: 'error',
      module: 'redis-client',
      message: 'Lost\nconnection.',
    });
  });

  it('leaves an empty context out', async () => {
    const { log, factory, logger } = memoryLogger();
    for (const context of [undefined, {}, { nothing: undefined }]) logger.info('x', context);
    await factory.flush();
    for (const record of log.records) expect(record).to.not.have.property('context');
    expect(log.records).to.have.length(3);
  });

  describe('levels', () => {
    for (const [level, logged] of [
      [undefined, ['info', 'warn', 'error']],
      ['debug', ['debug', 'info', 'warn', 'error']],
      ['warn', ['warn', 'error']],
      ['error', ['error']],
      ['silent', []],
    ] as const) {
      it(`${level ?? 'by default'} logs ${logged.join(', ') || 'nothing'}`, async () => {
        const { log, factory, logger } = memoryLogger(level === undefined ? {} : { level });
        for (const each of ['debug', 'info', 'warn', 'error'] as const) logger[each](each);
        await factory.flush();
        expect(log.records.map((record) => record['level'])).to.deep.equal(logged);
      });
    }

    it('below the level do not look at what they are given', () => {
      const { logger } = memoryLogger();
      const read = sinon.spy();
      logger.debug('x', {
        get value() {
          read();
          return 1;
        },
      });
      sinon.assert.notCalled(read);
    });
  });

  describe('loggers', () => {
    it('have methods that may be passed on alone', async () => {
      const { log, factory, logger } = memoryLogger();
      // oxlint-disable-next-line typescript/unbound-method -- what is tested
      const { info } = logger;
      info('alone');
      await factory.flush();
      expect(log.records[0]?.['message']).to.equal('alone');
    });
  });
});
