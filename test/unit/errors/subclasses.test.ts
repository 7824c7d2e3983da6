import { expect } from 'chai';
import { PublishError, RedisError, SlipwayAggregateError, SlipwayError } from '../../../src/index.js';

const message = 'It failed.';

describe('SlipwayAggregateError', () => {
  it('holds every failure in order', () => {
    const errors = [new Error('a'), 'b'];
    const error = new SlipwayAggregateError('SLIPWAY_CONTAINER_STOP', { message, errors });
    expect(error.errors).to.deep.equal(errors);
    expect(error).to.be.an.instanceOf(SlipwayError);
    expect(error.name).to.equal('SlipwayAggregateError');
  });
});

describe('RedisError', () => {
  it('says that nothing was applied unless told otherwise', () => {
    expect(new RedisError('SLIPWAY_CONTAINER_TIMEOUT', { message }).maybeApplied).to.equal(false);
    const lost = new RedisError('SLIPWAY_CONTAINER_TIMEOUT', { message, maybeApplied: true });
    expect(lost.maybeApplied).to.equal(true);
    expect(lost.retryable).to.equal(true);
  });
});

describe('PublishError', () => {
  it('tells its outcome, also in its context', () => {
    const context = { topic: 'essays' };
    const error = new PublishError('SLIPWAY_CONTAINER_TIMEOUT', { message, outcome: 'unknown', context });
    expect(error.outcome).to.equal('unknown');
    expect(error.context).to.deep.equal({ topic: 'essays', outcome: 'unknown' });
  });
});
