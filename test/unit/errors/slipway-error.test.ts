import { expect } from 'chai';
import { SlipwayError } from '../../../src/index.js';

describe('SlipwayError', () => {
  it('puts the code in front of the message and keeps the cause', () => {
    const cause = new Error('refused');
    const error = new SlipwayError('SLIPWAY_TOKEN_INVALID', { message: 'It failed.', cause });
    expect(error.message).to.equal('[SLIPWAY_TOKEN_INVALID] It failed.');
    expect(error.rawMessage).to.equal('It failed.');
    expect(error.cause).to.equal(cause);
    expect(error.retryable).to.equal(false);
  });

  it('shows no password, in its message or its context', () => {
    const error = new SlipwayError('SLIPWAY_TOKEN_INVALID', {
      message: 'No answer from redis://user:hunter2@host:6379/0.',
      context: { url: 'redis://:hunter2@host', password: 'hunter2', clientId: 'a' },
    });
    expect(error.rawMessage).to.equal('No answer from redis://user:***@host:6379/0.');
    expect(error.context).to.deep.equal({ url: 'redis://:***@host', password: '***', clientId: 'a' });
  });

  it('is recognised across copies of the package', () => {
    expect(SlipwayError.is(new SlipwayError('SLIPWAY_TOKEN_INVALID', { message: 'x' }))).to.equal(true);
    expect(SlipwayError.is({ [Symbol.for('slipway.error')]: true })).to.equal(true);
    expect(SlipwayError.is(new Error('x'))).to.equal(false);
    expect(SlipwayError.is(null)).to.equal(false);
  });
});
