import { expect } from 'chai';
import * as fc from 'fast-check';
import { useFakeTimers } from 'sinon';
import {
  BuildError,
  errorBody,
  type ErrorCode,
  httpStatusOf,
  problemBody,
  PublishError,
  RedisError,
  SlipwayError,
} from '../../../src/index.js';

const message = 'No connection to redis://user:hunter2@cache:6379.';
const context = { clientId: 'desk-redis', address: 'redis://:hunter2@cache', password: 'hunter2' };
const lost = new RedisError('SLIPWAY_REDIS_CONNECTION_LOST', { message, context, maybeApplied: true });

function wrapped(cause: unknown): BuildError {
  return new BuildError('SLIPWAY_CONTAINER_BUILD', { path: ['Users'], sentence: 'It failed.', cause });
}

describe('toJSON', () => {
  it("has the original's shape, with the error's own time, correlation id and service", () => {
    const clock = useFakeTimers({ now: Date.UTC(2025, 6, 20, 14, 47, 20, 418), toFake: ['Date'] });
    let error: SlipwayError;
    try {
      error = new SlipwayError('SLIPWAY_KAFKA_TIMEOUT', {
        message: 'No answer.',
        context: { correlationId: 'c-1', service: 'desk', topic: 'essays' },
      });
      clock.tick(60_000);
      expect(JSON.stringify(error)).to.equal(
        '{"code":"SLIPWAY_KAFKA_TIMEOUT","message":"No answer.","correlation_id":"c-1","service":"desk",' +
          '"timestamp":"2025-07-20T14:47:20.418000+00:00","details":{"topic":"essays","retryable":true}}',
      );
    } finally {
      clock.restore();
    }
  });

  it('has null where nothing is known, and no fraction of a whole second', () => {
    const clock = useFakeTimers({ now: 0, toFake: ['Date'] });
    try {
      expect(new SlipwayError('SLIPWAY_TOKEN_INVALID', { message: 'x' }).toJSON()).to.deep.equal({
        code: 'SLIPWAY_TOKEN_INVALID',
        message: 'x',
        correlation_id: null,
        service: null,
        timestamp: '1970-01-01T00:00:00+00:00',
        details: { retryable: false },
      });
    } finally {
      clock.restore();
    }
  });

  it('shows no cause, no stack and no secret', () => {
    const error = new SlipwayError('SLIPWAY_REDIS_UNREACHABLE', {
      message,
      context,
      cause: new Error('the driver speaks'),
    });
    const text = JSON.stringify(error);
    expect(text).to.contain('redis://user:***@cache:6379');
    expect(text).to.not.match(/hunter2|the driver speaks|\.js/);
  });

  it('makes data of whatever is in the context', () => {
    class Socket {
      readonly password = 'hunter2';
    }
    const deep: Record<string, unknown> = {};
    deep['self'] = deep;
    const error = new SlipwayError('SLIPWAY_TOKEN_INVALID', {
      message: 'x',
      context: {
        big: 2n ** 64n,
        nan: Number.NaN,
        at: new Date(0),
        never: new Date(Number.NaN),
        reason: new Error('at redis://:hunter2@h'),
        seen: new Set([1]),
        by: new Map([['a', [undefined, null]]]),
        socket: new Socket(),
        run: () => 1,
        sign: Symbol('s'),
        nothing: undefined,
        deep,
      },
    });
    const { deep: shownDeep, ...details } = error.toJSON().details;
    expect(details).to.deep.equal({
      big: '18446744073709551616',
      nan: 'NaN',
      at: '1970-01-01T00:00:00+00:00',
      never: 'Invalid Date',
      reason: 'at redis://:***@h',
      seen: [1],
      by: [['a', [null, null]]],
      socket: '[Socket]',
      retryable: false,
    });
    expect(JSON.stringify(shownDeep)).to.contain('[object]');
  });

  it('never throws, whatever the context is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything({ withDate: true, withMap: true })), (anything) => {
        const error = new SlipwayError('SLIPWAY_TOKEN_INVALID', { message: 'x', context: anything });
        const shown = JSON.parse(JSON.stringify(error)) as Record<string, unknown>;
        expect(shown).to.include.keys('code', 'message', 'details');
      }),
    );
  });
});

describe(errorBody.name, () => {
  it('tells a stranger the code and what to do, and nothing of the inside', () => {
    const { error } = errorBody(lost, { correlationId: 'c', service: 'desk' });
    expect(error).to.deep.equal({
      code: 'SLIPWAY_REDIS_CONNECTION_LOST',
      message: 'The service is not available at the moment. Send the same request again later.',
      correlation_id: 'c',
      service: 'desk',
      timestamp: lost.toJSON().timestamp,
      details: { maybeApplied: true, retryable: true },
    });
    expect(Object.keys(error)).to.deep.equal([
      'code',
      'message',
      'correlation_id',
      'service',
      'timestamp',
      'details',
    ]);
  });

  it('tells an internal caller the whole error, but no secret', () => {
    const body = errorBody(lost, { correlationId: 'c', service: 'desk', audience: 'internal' });
    expect(body).to.deep.equal({ error: { ...lost.toJSON(), correlation_id: 'c', service: 'desk' } });
    expect(JSON.stringify(body)).to.contain('redis://user:***@cache:6379').and.not.contain('hunter2');
  });

  it('tells anyone what is wrong with an event they sent', () => {
    const error = new SlipwayError('SLIPWAY_EVENT_INVALID', { message: 'event_id is no UUID.' });
    expect(errorBody(error).error.message).to.equal('event_id is no UUID.');
  });

  it('tells of a publish whether the message may be written', () => {
    const error = new PublishError('SLIPWAY_KAFKA_TIMEOUT', {
      message: 'x',
      outcome: 'unknown',
      context: { topic: 't' },
    });
    expect(errorBody(error).error.details).to.deep.equal({ outcome: 'unknown', retryable: true });
  });

  it('has nothing but the class of what it does not know', () => {
    class DatabaseGone extends Error {}
    for (const [thrown, error_type] of [
      [new DatabaseGone('postgres://u:hunter2@db'), 'DatabaseGone'],
      ['hunter2', 'string'],
      [undefined, 'undefined'],
      [{ code: 'X', message: 'hunter2' }, 'object'],
    ] as const) {
      const { error } = errorBody(thrown, { service: 'desk', audience: 'internal' });
      expect(error).to.deep.include({
        code: 'UNKNOWN_ERROR',
        message: 'An unexpected error occurred',
        correlation_id: null,
        service: 'desk',
        details: { error_type },
      });
      expect(error.timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/);
    }
  });
});

describe(problemBody.name, () => {
  it("has the same shape for an error of the service's own, with its details freed of secrets", () => {
    const details = { title: 'On stars', url: 'a://b:hunter2@c', token: 'hunter2' };
    const { error } = problemBody({ code: 'ESSAY_EXISTS', message: 'There is one.', details });
    expect(error).to.deep.include({
      code: 'ESSAY_EXISTS',
      message: 'There is one.',
      correlation_id: null,
      service: null,
      details: { title: 'On stars', url: 'a://b:***@c', token: '***' },
    });
  });
});

function statusOf(code: ErrorCode, retryable?: boolean): number {
  const options = retryable === undefined ? { message } : { message, retryable };
  return httpStatusOf(new SlipwayError(code, options));
}

describe(httpStatusOf.name, () => {
  for (const [code, status] of [
    ['SLIPWAY_REDIS_UNREACHABLE', 503],
    ['SLIPWAY_REDIS_TIMEOUT', 504],
    ['SLIPWAY_REDIS_WRONG_PASSWORD', 502],
    ['SLIPWAY_REDIS_ARGUMENT', 500],
    ['SLIPWAY_CONTAINER_CLOSED', 503],
    ['SLIPWAY_CONTAINER_MISSING', 500],
    ['SLIPWAY_EVENT_UNREADABLE', 400],
    ['SLIPWAY_KAFKA_TOO_LARGE', 413],
  ] as const) {
    it(`is ${status} for ${code}`, () => {
      expect(statusOf(code)).to.equal(status);
    });
  }

  it('follows the error where it says itself whether it is retryable', () => {
    expect(statusOf('SLIPWAY_REDIS_ARGUMENT', true)).to.equal(503);
  });

  it("is the cause's for what a factory threw", () => {
    expect(httpStatusOf(wrapped(lost))).to.equal(503);
    expect(httpStatusOf(wrapped(wrapped(new SlipwayError('SLIPWAY_REDIS_TIMEOUT', { message }))))).to.equal(
      504,
    );
    expect(httpStatusOf(wrapped(new Error('x')))).to.equal(500);
  });

  it('is 500 for anything else', () => {
    expect([new Error('x'), 'x', null, { status: 404 }].map(httpStatusOf)).to.deep.equal([
      500, 500, 500, 500,
    ]);
  });
});
