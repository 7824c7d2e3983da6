import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { FailureKind } from '../../../src/index.js';
import { classify } from '../../../src/kafka/drivers/kafkajs/classify.js';

const require = createRequire(import.meta.url);
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (this: void, code: number) => Error;
};
const errors = require('kafkajs/src/errors') as Record<
  | 'KafkaJSNonRetriableError'
  | 'KafkaJSNumberOfRetriesExceeded'
  | 'KafkaJSConnectionError'
  | 'KafkaJSSASLAuthenticationError',
  new (cause: Error | string, options: Record<string, unknown>) => Error
>;

/** How a failure in the middle of a login is called. */
function login(text: string): FailureKind {
  const message = `SASL SCRAM SHA512 authentication failed: ${text}`;
  return classify(new errors.KafkaJSSASLAuthenticationError(message, {})).kind;
}

describe('classify', () => {
  const kinds: readonly (readonly [code: number, kind: FailureKind])[] = [
    [3, 'unknown-topic'],
    [5, 'unavailable'],
    [6, 'unavailable'],
    [7, 'timeout'],
    [10, 'too-large'],
    [17, 'rejected'],
    [19, 'unavailable'],
    [29, 'auth'],
    [45, 'sequence'],
    [58, 'auth'],
    [59, 'sequence'],
    [-1, 'failed'],
    [12345, 'failed'],
  ];
  for (const [code, kind] of kinds) {
    it(`calls Kafka's error ${code} ${kind}`, () => {
      expect(classify(createErrorFromCode(code)).kind).to.equal(kind);
    });
  }

  it('looks through the wrappers of kafkajs for what happened', () => {
    const refused = new errors.KafkaJSConnectionError('connect ECONNREFUSED 127.0.0.1:1', {
      code: 'ECONNREFUSED',
    });
    const wrapped = new errors.KafkaJSNonRetriableError(
      new errors.KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 1, retryTime: 1 }),
      { cause: refused },
    );
    const error = classify(wrapped);
    expect(error).to.include({ kind: 'unavailable', message: 'connect ECONNREFUSED 127.0.0.1:1' });
    expect(error.cause).to.equal(refused);
  });

  describe('an error while logging in', () => {
    for (const text of [
      'Closed connection',
      'Connection error: read ECONNRESET',
      'Connection timeout',
      'Not connected',
      'Request SaslAuthenticate(key: 36, version: 1) timed out',
    ]) {
      it(`is a lost connection: ${text}`, () => {
        expect(login(text)).to.equal('unavailable');
      });
    }

    for (const text of [
      'Authentication failed: Invalid username or password',
      'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
      'Invalid server signature in server final message',
    ]) {
      it(`is a refusal: ${text}`, () => {
        expect(login(text)).to.equal('auth');
      });
    }
  });

  it('takes anything that can be thrown', () => {
    expect(classify('text')).to.include({ kind: 'failed', message: 'text' });
    expect(classify(new TypeError('bug')).kind).to.equal('failed');
  });
});
