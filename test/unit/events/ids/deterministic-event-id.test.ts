import { expect } from 'chai';
import { canonicalEvent } from '../../../../src/events/ids/deterministic-event-id.js';
import { deterministicEventId, SlipwayError } from '../../../../src/index.js';
import { vectors } from '../../../support/vectors.js';

interface Vector {
  readonly name: string;
  readonly input_base64: string;
  readonly expect: { readonly sha256: string } | { readonly error: string; readonly message: string };
  readonly canonical?: string;
}

const golden = vectors('deterministic_event_id') as readonly Vector[];

function errorOf(act: () => unknown): SlipwayError {
  try {
    act();
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

const bytes = (text: string): Buffer => Buffer.from(text);

/** What one would write without knowing better. */
const naive = (value: Buffer): string => {
  const { data, event_id: id } = JSON.parse(value.toString()) as Record<string, unknown>;
  return JSON.stringify({ data, event_id: id });
};

describe(deterministicEventId.name, () => {
  it('gives the id of every vector, and refuses those that the original refuses', () => {
    expect(golden).to.have.length(387);
    for (const { name, input_base64: input, expect: expected, canonical } of golden) {
      const value = Buffer.from(input, 'base64');
      if ('sha256' in expected) {
        if (canonical !== undefined) expect(canonicalEvent(value), name).to.equal(canonical);
        expect(deterministicEventId(value), name).to.equal(expected.sha256);
      } else {
        const error = errorOf(() => deterministicEventId(value));
        expect(error.context['original'], name).to.equal(expected.error);
        const [, where = ''] = /event message: (.*)$/.exec(expected.message) ?? [];
        expect(error.message, name).to.contain(where);
      }
    }
  });

  it('cannot be had with JSON.parse and JSON.stringify', () => {
    const differing = golden.filter(({ input_base64: input, canonical }) => {
      try {
        return canonical !== undefined && naive(Buffer.from(input, 'base64')) !== canonical;
      } catch {
        return true;
      }
    });
    expect(differing.length).to.be.greaterThan(300);
  });

  it('says what is wrong and where', () => {
    const error = errorOf(() => deterministicEventId(bytes('{"data": "😀",\n  x}')));
    expect(error).to.include({ code: 'SLIPWAY_EVENT_UNREADABLE', retryable: false });
    expect(error.context).to.deep.equal({ fault: 'syntax', position: 16, original: 'ValueError' });
    expect(error.message).to.contain('double quotes: line 2 column 3 (char 16)');
    expect(errorOf(() => deterministicEventId(bytes('[]')))).to.include({ code: 'SLIPWAY_EVENT_INVALID' });
  });

  it('takes what Python takes to its limits: depth and length of integers', () => {
    const nested = (depth: number): Buffer => bytes(`{"data": ${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(deterministicEventId(nested(991))).to.have.length(64);
    for (const depth of [992, 100_000]) {
      const error = errorOf(() => deterministicEventId(nested(depth)));
      expect(error.context).to.include({ fault: 'depth', original: 'RecursionError' });
    }
    expect(deterministicEventId(bytes(`{"data": -${'9'.repeat(4300)}}`))).to.have.length(64);
    const error = errorOf(() => deterministicEventId(bytes(`{"data": 1, "x": ${'9'.repeat(4301)}}`)));
    expect(error.context).to.include({ fault: 'integer', original: 'ValueError' });
  });

  it('tells apart keys that only a prototype has', () => {
    const value = bytes('{"data": {"constructor": 1, "__proto__": {"x": 1}}, "event_id": "e"}');
    expect(canonicalEvent(value)).to.equal(
      '{"data": {"__proto__": {"x": 1}, "constructor": 1}, "event_id": "e"}',
    );
  });
});
