import { expect } from 'chai';
import * as sinon from 'sinon';
import { createEnvelope, eventLogFields, logEventProcessing, withLogContext } from '../../../src/index.js';
import { memoryLogger } from '../../support/memory-log.js';

class ContentCreated {
  readonly contentId = 'the-content-itself';
}

const envelope = createEnvelope('content.created.v1', new ContentCreated(), {
  sourceService: 'content-service',
});
const ids = {
  event_id: envelope.eventId,
  event_type: 'content.created.v1',
  source_service: 'content-service',
};

describe(logEventProcessing.name, () => {
  it('logs the ids of the event and the class of its data, not the data', async () => {
    const { log, factory, logger } = memoryLogger();
    withLogContext({ correlationId: 'of-the-flow' }, () => {
      logEventProcessing(logger, 'Processing.', envelope, { attempt: 2 });
    });
    await factory.flush();
    expect(log.records[0]).to.deep.include({
      level: 'info',
      message: 'Processing.',
      correlation_id: envelope.correlationId,
      context: { ...ids, event_data_type: 'ContentCreated', attempt: 2 },
    });
    expect(log.text).to.not.contain('the-content-itself');
  });

  it("logs them beside the message with the original's fields", async () => {
    const { log, factory, logger } = memoryLogger({ fields: 'original' });
    logEventProcessing(logger, 'Processing.', envelope);
    await factory.flush();
    expect(log.records[0]).to.deep.include({
      event: 'Processing.',
      correlation_id: envelope.correlationId,
      event_data_type: 'ContentCreated',
      ...ids,
    });
  });

  it('gives them to any logger as context', () => {
    const info = sinon.spy();
    logEventProcessing({ info }, 'Processing.', envelope);
    sinon.assert.calledOnceWithMatch(info, 'Processing.', { ...ids, correlation_id: envelope.correlationId });
  });

  for (const [data, name] of [
    [{}, 'Object'],
    [Object.create(null), 'Object'],
    [[], 'Array'],
    ['text', 'string'],
    [null, 'null'],
    [undefined, 'undefined'],
  ] as const) {
    it(`calls the type of ${JSON.stringify(data)} ${name}`, () => {
      const info = sinon.spy();
      logEventProcessing({ info }, 'x', { ...envelope, data });
      sinon.assert.calledWithMatch(info, 'x', { event_data_type: name });
    });
  }
});

describe(eventLogFields.name, () => {
  it('puts the ids of the event on every line of its handling', async () => {
    const { log, factory, logger } = memoryLogger();
    await withLogContext(eventLogFields(envelope), async () => {
      await Promise.resolve();
      logger.info('Stored.');
    });
    await factory.flush();
    expect(log.records[0]).to.deep.include({ correlation_id: envelope.correlationId, context: ids });
  });
});
