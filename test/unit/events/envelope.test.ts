import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  createEnvelope,
  encodeEnvelope,
  type EventEnvelope,
  parseEnvelope,
  type SlipwayError,
} from '../../../src/index.js';
import { projectRoot } from '../../support/project-root.js';

interface Vector {
  readonly name: string;
  readonly expect: { readonly wire: string };
}

interface Wire {
  readonly event_id: string;
  readonly event_type: string;
  readonly event_timestamp: string;
  readonly source_service: string;
  readonly schema_version: number;
  readonly correlation_id: string;
  readonly data_schema_uri: string | null;
  readonly data: unknown;
  readonly metadata: Record<string, unknown> | null;
}

const vectors = readFileSync(join(projectRoot, 'test/fixtures/vectors/envelope_serialize.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

/** What a Date or a number cannot hold: microseconds, another offset, 1.0 beside 1, integers beyond 2^53. */
const beyondJs = new Map([
  ['ts_1us', 'a Date has no microseconds'],
  ['ts_offset', 'a Date has no offset'],
  ['floats', 'a number does not tell 1.0 from 1, nor 1e16 from the integer'],
]);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as SlipwayError).code;
  }
  return 'nothing thrown';
}

/** The default timestamp of the vectors has microseconds: cut to what a Date holds. */
const toMillis = (text: string): string => text.replaceAll('.418173', '.418000');

describe('encodeEnvelope', () => {
  for (const { name, expect: expected } of vectors.filter((vector) => !beyondJs.has(vector.name))) {
    it(`writes ${name} as the original does`, () => {
      const wire = JSON.parse(expected.wire) as Wire;
      const envelope: EventEnvelope = {
        eventId: wire.event_id,
        eventType: wire.event_type,
        eventTimestamp: new Date(wire.event_timestamp),
        sourceService: wire.source_service,
        schemaVersion: wire.schema_version,
        correlationId: wire.correlation_id,
        dataSchemaUri: wire.data_schema_uri,
        data: wire.data,
        metadata: wire.metadata,
      };
      expect(Buffer.from(encodeEnvelope(envelope)).toString()).to.equal(toMillis(expected.wire));
    });
  }

  it('leaves out exactly the vectors that no Date or number can express', () => {
    const names = vectors.map(({ name }) => name);
    expect(names).to.include.members([...beyondJs.keys()]);
    expect(names).to.have.length(15);
  });

  it('writes what JavaScript has beyond JSON: dates, bigints, NaN, toJSON, undefined', () => {
    const data = {
      at: new Date('2025-01-01T12:00:00.005Z'),
      big: 123456789012345678901234567890n,
      nan: Number.NaN,
      own: { toJSON: () => ['a', undefined] },
      none: undefined,
    };
    const envelope = createEnvelope('a.b.v1', data, { sourceService: 'svc' });
    expect(Buffer.from(encodeEnvelope(envelope)).toString()).to.contain(
      '"data": {"at": "2025-01-01T12:00:00.005000Z", "big": 123456789012345678901234567890, "nan": null, "own": ["a", null]}',
    );
  });

  it('refuses missing data, a cycle and a function', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const data of [undefined, cycle, () => 1]) {
      const envelope = createEnvelope('a.b.v1', data, { sourceService: 'svc' });
      expect(codeOf(() => encodeEnvelope(envelope))).to.equal('SLIPWAY_EVENT_INVALID');
    }
  });
});

describe('createEnvelope', () => {
  it('fills in ids, time, version and nulls', () => {
    const envelope = createEnvelope('a.b.v1', { x: 1 }, { sourceService: 'svc' });
    expect(envelope).to.deep.include({
      eventType: 'a.b.v1',
      sourceService: 'svc',
      schemaVersion: 1,
      dataSchemaUri: null,
      metadata: null,
      data: { x: 1 },
    });
    expect(envelope.eventId).to.match(/^[0-9a-f-]{36}$/);
    expect(envelope.correlationId)
      .to.match(/^[0-9a-f-]{36}$/)
      .and.not.equal(envelope.eventId);
    expect(Date.now() - envelope.eventTimestamp.getTime()).to.be.within(0, 1_000);
  });

  it('takes what is given, ids in lower case', () => {
    const options = {
      sourceService: 'svc',
      eventId: 'ABCDEF01-2345-4678-9ABC-DEF012345678',
      correlationId: '22222222-2222-4222-8222-222222222222',
      schemaVersion: 2,
      eventTimestamp: new Date(0),
      dataSchemaUri: 'https://x/y.json',
      metadata: { traceparent: 't' },
    };
    expect(createEnvelope('a', null, options)).to.deep.equal({
      ...options,
      eventId: 'abcdef01-2345-4678-9abc-def012345678',
      eventType: 'a',
      data: null,
    });
  });

  it('names every field that is wrong', () => {
    try {
      createEnvelope('', {}, { sourceService: 'svc', correlationId: 'no uuid', schemaVersion: 1.5 });
      expect.fail('accepted');
    } catch (error) {
      expect(error).to.include({ code: 'SLIPWAY_EVENT_INVALID', retryable: false });
      expect((error as Error).message)
        .to.contain('eventType must not be empty')
        .and.to.contain('correlationId must be a UUID')
        .and.to.contain('schemaVersion must be a whole number');
    }
  });
});

describe('parseEnvelope', () => {
  it('gives back what was encoded', () => {
    const envelope = createEnvelope('a.b.v1', { t: 'åäö 😀', n: [1, null] }, { sourceService: 'svc' });
    expect(parseEnvelope(encodeEnvelope(envelope))).to.deep.equal(envelope);
  });

  it('reads every vector, to the precision of a Date', () => {
    for (const { expect: expected } of vectors) {
      const wire = JSON.parse(expected.wire) as Wire;
      const envelope = parseEnvelope(Buffer.from(expected.wire));
      expect(envelope.eventTimestamp.getTime()).to.equal(new Date(wire.event_timestamp).getTime());
      expect(envelope.data).to.deep.equal(wire.data);
    }
  });

  it('refuses bytes that are no UTF-8 JSON', () => {
    for (const bytes of [Buffer.from('{'), Buffer.from([0x22, 0xff, 0x22]), Buffer.from('\ufeff{}')]) {
      expect(codeOf(() => parseEnvelope(bytes))).to.equal('SLIPWAY_EVENT_UNREADABLE');
    }
  });

  it('refuses an envelope that lacks fields, naming them', () => {
    try {
      parseEnvelope(Buffer.from('{"event_type": "a"}'));
      expect.fail('accepted');
    } catch (error) {
      expect((error as Error).message)
        .to.contain('event_id')
        .and.to.contain('data')
        .and.to.contain('source_service');
    }
    expect(codeOf(() => parseEnvelope(Buffer.from('[]')))).to.equal('SLIPWAY_EVENT_INVALID');
  });
});
