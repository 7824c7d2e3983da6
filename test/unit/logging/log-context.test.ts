import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { currentLogContext, withLogContext } from '../../../src/index.js';
import { memoryLogger } from '../../support/memory-log.js';

describe(withLogContext.name, () => {
  it('puts the ids of the flow on each line, and its other fields in the context below the own ones', async () => {
    const { log, factory, logger } = memoryLogger();
    withLogContext({ correlationId: 'c-1', userId: 'u', attempt: 1 }, () => {
      withLogContext({ traceId: 't', spanId: 's', attempt: 2 }, () => {
        logger.info('inner', { userId: 'own' });
      });
      logger.info('outer');
    });
    logger.info('outside');
    await factory.flush();
    const lines = log.records.map(
      ({ message, context, correlation_id, trace_id, span_id }) =>
        JSON.parse(JSON.stringify({ message, context, correlation_id, trace_id, span_id })) as unknown,
    );
    expect(lines).to.deep.equal([
      {
        message: 'inner',
        context: { userId: 'own', attempt: 2 },
        correlation_id: 'c-1',
        trace_id: 't',
        span_id: 's',
      },
      { message: 'outer', context: { userId: 'u', attempt: 1 }, correlation_id: 'c-1' },
      { message: 'outside' },
    ]);
  });

  it('keeps concurrent flows apart, across promises, timers and nested flows', async () => {
    const { log, factory, logger } = memoryLogger();
    const flow = async (id: number): Promise<void> => {
      for (let step = 0; step < 5; step += 1) {
        // Each flow takes another way between its lines.
        if ((id + step) % 3 === 0) await sleep(step % 2);
        else if ((id + step) % 3 === 1) await new Promise(setImmediate);
        else await Promise.resolve();
        logger.info('step', { id, step });
        await withLogContext({ correlationId: `nested-${id}` }, async () => {
          await Promise.resolve();
          logger.info('nested', { id });
        });
      }
    };
    await Promise.all(
      Array.from({ length: 100 }, (_, id) => withLogContext({ correlationId: `c-${id}` }, () => flow(id))),
    );
    await factory.flush();
    expect(log.records).to.have.length(1_000);
    for (const record of log.records) {
      const { id } = record['context'] as { id: number };
      const prefix = record['message'] === 'nested' ? 'nested' : 'c';
      expect(record['correlation_id']).to.equal(`${prefix}-${id}`);
    }
  });

  it('gives back what the function returns or throws, and ends with it', async () => {
    expect(withLogContext({ correlationId: 'a' }, () => currentLogContext().correlationId)).to.equal('a');
    expect(() =>
      withLogContext({}, () => {
        throw new Error('no');
      }),
    ).to.throw('no');
    expect(await withLogContext({ correlationId: 'b' }, () => Promise.resolve(1))).to.equal(1);
    expect(currentLogContext()).to.deep.equal({});
  });
});
