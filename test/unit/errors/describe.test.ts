import { expect } from 'chai';
import { describeError } from '../../../src/errors/describe.js';

function coded(message: string, code: unknown): Error {
  return Object.assign(new Error(message), { code });
}

describe('describeError', () => {
  const cases: readonly (readonly [what: string, reason: unknown, text: string])[] = [
    ['an error', new Error('no such topic'), 'no such topic'],
    [
      'an error with a code in its message',
      coded('connect ECONNREFUSED', 'ECONNREFUSED'),
      'connect ECONNREFUSED',
    ],
    ['an error with a code beside its message', coded('it broke', 'EPIPE'), 'it broke (EPIPE)'],
    ['an error with a code and no message', coded('', 'ETIMEDOUT'), 'ETIMEDOUT'],
    ['an error with a code that is no text', coded('it broke', 7), 'it broke'],
    ['an error with nothing but its name', new RangeError(''), 'RangeError'],
    [
      'an aggregate without a message',
      new AggregateError([new Error('first'), new Error('second')]),
      'first',
    ],
    ['an empty aggregate', new AggregateError([]), 'AggregateError'],
    ['a text', 'thrown as it is', 'thrown as it is'],
    ['nothing', undefined, 'undefined'],
    ['an object that has no text', Object.create(null), '[object Object]'],
    ['a password in an address', new Error('redis://:hunter2@host failed'), 'redis://:***@host failed'],
  ];
  for (const [what, reason, text] of cases) {
    it(`tells ${what}`, () => {
      expect(describeError(reason)).to.equal(text);
    });
  }
});
