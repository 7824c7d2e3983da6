import { expect } from 'chai';
import * as sinon from 'sinon';
import { withLogContext } from '../../../src/index.js';
import { originalLine } from '../../../src/logging/original-fields.js';
import { memoryLogger } from '../../support/memory-log.js';

function originalLogger(options: Parameters<typeof memoryLogger>[0] = {}) {
  return memoryLogger({ fields: 'original', environment: 'staging', ...options });
}

describe(originalLine.name, () => {
  it("has the original's fields in its order, and what was logged beside the message", async () => {
    const { log, factory, logger } = originalLogger();
    await withLogContext(
      {
        correlationId: '7d3c0d3e-1111-4c4b-8b06-0f2c7f1f2f10',
        traceId: '8fa50c9f8a0030affe31b44dd04469e4',
        spanId: 'd9e6dc56fff8a4f0',
        essay_id: 'e-1',
      },
      async function handleHealth() {
        await Promise.resolve();
        logger.warn('Health check requested', { extra: { a: 1 }, none: null });
      },
    );
    await factory.flush();
    const [record = {}] = log.records;
    expect(Object.keys(record)).to.deep.equal([
      'logger_name',
      'essay_id',
      'extra',
      'none',
      'event',
      'correlation_id',
      'service.name',
      'deployment.environment',
      'trace_id',
      'span_id',
      'timestamp',
      'level',
      'filename',
      'func_name',
      'lineno',
    ]);
    const { timestamp, lineno, ...fields } = record;
    expect(timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(lineno).to.be.a('number').greaterThan(10);
    expect(fields).to.deep.equal({
      logger_name: 'kafka-bus',
      essay_id: 'e-1',
      extra: { a: 1 },
      none: null,
      event: 'Health check requested',
      correlation_id: '7d3c0d3e-1111-4c4b-8b06-0f2c7f1f2f10',
      'service.name': 'essay-desk',
      'deployment.environment': 'staging',
      trace_id: '8fa50c9f8a0030affe31b44dd04469e4',
      span_id: 'd9e6dc56fff8a4f0',
      level: 'warning',
      filename: 'original-fields.test.js',
      func_name: 'handleHealth',
    });
  });

  it('has the names of Python for the levels, and its default for the environment', async () => {
    const { log, factory, logger } = memoryLogger({ fields: 'original', level: 'debug' });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]('x');
    await factory.flush();
    expect(log.records.map(({ level }) => level)).to.deep.equal(['debug', 'info', 'warning', 'error']);
    expect(log.records[0]).to.include({ 'deployment.environment': 'development' });
  });

  it('loses no field that has the name of one of its own', async () => {
    const { log, factory, logger } = originalLogger({ callSites: false });
    const given = {
      event: 1,
      level: 2,
      timestamp: 3,
      'service.name': 4,
      logger_name: 5,
      filename: 6,
      service: 7,
    };
    logger.info('message', given);
    await factory.flush();
    expect(log.records[0]).to.deep.include({
      event: 'message',
      event_: 1,
      level: 'info',
      level_: 2,
      timestamp_: 3,
      'service.name_': 4,
      logger_name_: 5,
      filename_: 6,
      service: 7,
    });
    expect(log.records[0]).to.not.have.any.keys('filename', 'func_name', 'lineno', 'context');
  });

  it('has errors as exception, with causes and stacks, and beside it what they say', async () => {
    const { log, factory, logger } = originalLogger();
    logger.error('failed', { error: new RangeError('outer', { cause: new Error('inner') }) });
    logger.info('as context', new TypeError('alone') as never);
    await factory.flush();
    const [first = {}, second = {}] = log.records;
    expect(first['error']).to.equal('RangeError: outer');
    expect(first['exception']).to.match(
      /^RangeError: outer\n {2}at .*original-fields\.test[^]*\ncaused by: Error: inner\n {2}at /,
    );
    expect(second).to.include({ error: 'TypeError: alone', exception: 'TypeError: alone' });
  });

  it('names callers that have no name, and does without where the stack cannot be read', async () => {
    const { log, factory, logger } = originalLogger();
    const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
    const { stackTraceLimit } = Error;
    (() => {
      logger.info('anonymous');
    })();
    expect(Reflect.get(Error, 'prepareStackTrace')).to.equal(prepare);
    expect(Error.stackTraceLimit).to.equal(stackTraceLimit);
    const capture = sinon.stub(Error, 'captureStackTrace').throws(new Error('no'));
    logger.info('unknown');
    capture.restore();
    await factory.flush();
    expect(log.records[0]).to.include({ func_name: '<anonymous>' });
    expect(log.records[1]).to.include({ event: 'unknown' }).and.not.have.property('func_name');
  });
});
