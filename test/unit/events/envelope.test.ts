import { expect } from 'chai';
import {
  createEnvelope,
  encodeEnvelope,
  type EventEnvelope,
  jsonFloat,
  parseEnvelope,
  PreciseDate,
  SlipwayError,
} from '../../../src/index.js';
import { codeOf } from '../../support/code-of.js';
import { vectors } from '../../support/vectors.js';

interface SerializeVector {
  readonly name: string;
  readonly expect: { readonly wire: string };
}

const golden = vectors('envelope_serialize') as readonly SerializeVector[];
const text = (envelope: EventEnvelope): string => Buffer.from(encodeEnvelope(envelope)).toString();
const uuid = '11111111-1111-4111-8111-111111111111';

/** What a service gives for each vector, in the words of JavaScript. */
const written: Readonly<Record<string, Partial<EventEnvelope>>> = {
  minimal: { data: { a: 1 } },
  empty_metadata: { metadata: {} },
  unicode: { data: { t: 'åäö 😀 \u007f / "\\\n\u2028' } },
  floats: {
    data: { a: jsonFloat(1), b: 85.5, c: 1e-7, d: 1e16, e: -0, f: 0.1, g: 123456789012345678901234567890n },
  },
  float_nan_inf: { data: { n: Number.NaN, i: Infinity, m: -Infinity } },
  ts_no_micro: { eventTimestamp: new Date('2025-07-20T14:47:20Z') },
  ts_1us: { eventTimestamp: new PreciseDate(Date.parse('2025-07-20T14:47:20Z'), 1) },
  ts_offset: { eventTimestamp: new PreciseDate(Date.parse('2025-07-20T14:47:20.418Z'), 173, '+02:00') },
  data_model: { data: { z: 1, a: 'x', ts: new Date('2025-01-01T00:00:00Z'), opt: null } },
  data_dict_with_objects: {
    data: {
      dt: new PreciseDate(Date.parse('2025-01-01T12:00:00Z'), 5),
      u: 'abcdef01-2345-4678-9abc-def012345678',
      e: 'red',
      n: 1,
      d: '1.10',
      s: new Set([1]),
      t: [1, 2],
      date: '2025-01-02',
      time: '03:04:05.000600',
      td: 'P1DT5.000007S',
      b: Buffer.from('abc'),
    },
  },
  int_keys: {
    data: new Map([
      [1, 'a'],
      [2, 'b'],
    ]),
  },
  data_null: { data: null },
  data_list: { data: [1, 'a', null, true] },
  schema_version_2: { schemaVersion: 2, dataSchemaUri: 'https://x/y.json' },
  trace_metadata: {
    metadata: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  },
};

describe(encodeEnvelope.name, () => {
  for (const { name, expect: expected } of golden) {
    it(`writes ${name} as the original does`, () => {
      expect(written).to.have.property(name);
      const envelope: EventEnvelope = {
        eventId: uuid,
        eventType: 'huleedu.x.y.v1',
        eventTimestamp: new PreciseDate(Date.parse('2025-07-20T14:47:20.418Z'), 173),
        sourceService: 'svc',
        schemaVersion: 1,
        correlationId: '22222222-2222-4222-8222-222222222222',
        dataSchemaUri: null,
        data: {},
        metadata: null,
        ...written[name],
      };
      expect(text(envelope)).to.equal(expected.wire);
    });

    it(`writes ${name} again as it was read`, () => {
      expect(text(parseEnvelope(Buffer.from(expected.wire)))).to.equal(expected.wire);
    });
  }

  it('has golden data for all that is written here', () => {
    expect(golden.map(({ name }) => name)).to.have.members(Object.keys(written));
  });

  it('refuses missing data, a cycle, a function, and an invalid Date', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const data of [undefined, cycle, () => 1]) {
      const envelope = createEnvelope('a.b.v1', data, { sourceService: 'svc' });
      expect(codeOf(() => encodeEnvelope(envelope))).to.equal('SLIPWAY_EVENT_INVALID');
    }
    const envelope = createEnvelope('a.b.v1', 1, { sourceService: 'svc' });
    const undated = { ...envelope, eventTimestamp: new Date(Number.NaN) };
    expect(codeOf(() => encodeEnvelope(undated))).to.equal('SLIPWAY_EVENT_INVALID');
  });

  it('refuses what no parser of the original would read: more than 200 deep', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const envelope = (depth: number): EventEnvelope =>
      createEnvelope('a.b.v1', nested(depth), { sourceService: 'svc' });
    expect(parseEnvelope(encodeEnvelope(envelope(199))).data).to.deep.equal(nested(199));
    expect(codeOf(() => encodeEnvelope(envelope(200)))).to.equal('SLIPWAY_EVENT_INVALID');
  });
});

const wire = (data: string, metadata = 'null'): string =>
  `{"event_id": "${uuid}", "event_type": "t", "event_timestamp": "2025-07-20T14:47:20Z", ` +
  `"source_service": "s", "schema_version": 1, "correlation_id": "${uuid}", "data_schema_uri": null, ` +
  `"data": ${data}, "metadata": ${metadata}}`;

describe('an envelope that was read and is written again', () => {
  const odd = '{"b": 1.0, "2": 123456789012345678901234567890, "1": -0.0, "n": [1e+16, 5.0]}';

  for (const numbers of ['plain', 'lossless'] as const) {
    const read = (source: string): EventEnvelope => parseEnvelope(Buffer.from(source), { numbers });

    it(`keeps numbers and the order of keys (${numbers})`, () => {
      expect(text(read(wire(odd, odd)))).to.equal(wire(odd, odd));
      for (const scalar of ['1.0', '123456789012345678901234567890', '-0.0', '"x"', 'null']) {
        expect(text(read(wire(scalar)))).to.equal(wire(scalar));
      }
    });

    it(`keeps them in a copy of the envelope (${numbers})`, () => {
      const copy = { ...read(wire(odd, odd)), eventType: 'u' };
      expect(text(copy)).to.equal(wire(odd, odd).replace('"t"', '"u"'));
    });

    it(`never writes what was read if it was changed (${numbers})`, () => {
      const envelope = read(wire('{"a": 1.0, "list": [1, 2]}', '{"m": "x"}'));
      const data = envelope.data as { a: unknown; list: number[] };
      data.list.push(3);
      (envelope.metadata as Record<string, unknown>)['m'] = 'y';
      expect(text(envelope)).to.contain('"list": [1, 2, 3]}, "metadata": {"m": "y"}');
      data.list.pop();
      expect(text(envelope)).to.contain('"data": {"a": 1.0, "list": [1, 2]}');
      delete (data as { a?: unknown }).a;
      expect(text(envelope)).to.contain('"data": {"list": [1, 2]}');
      expect(text({ ...envelope, data: { a: 5 } })).to.contain('"data": {"a": 5}');
    });
  }

  it('does not mistake the metadata for the data', () => {
    const envelope = parseEnvelope(Buffer.from(wire('{"a": 1}', '{"a": 1.0}')));
    expect(text({ ...envelope, data: envelope.metadata })).to.contain(
      '"data": {"a": 1}, "metadata": {"a": 1.0}',
    );
  });

  it('forgets the microseconds of a date that was set anew', () => {
    const envelope = parseEnvelope(Buffer.from(wire('1').replace('20Z', '20.000001+02:00')));
    expect(text(envelope)).to.contain('20.000001+02:00');
    envelope.eventTimestamp.setTime(0);
    expect(text(envelope)).to.contain('"1970-01-01T02:00:00+02:00"');
  });
});

describe(createEnvelope.name, () => {
  it('fills in ids, time, version and nulls', () => {
    const before = Date.now();
    const envelope = createEnvelope('a.b.v1', { x: 1 }, { sourceService: 'svc' });
    const after = Date.now();
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
    expect(envelope.eventTimestamp.getTime()).to.be.within(before, after);
  });

  it('takes what is given, ids in lower case', () => {
    const options = {
      sourceService: 'svc',
      eventId: 'ABCDEF01-2345-4678-9ABC-DEF012345678',
      correlationId: '22222222-2222-4222-8222-222222222222',
      schemaVersion: 2,
      eventTimestamp: new PreciseDate(0, 7),
      dataSchemaUri: 'https://x/y.json',
      metadata: { traceparent: 't' },
    };
    const envelope = createEnvelope('a', null, options);
    expect(envelope).to.deep.equal({
      ...options,
      eventId: 'abcdef01-2345-4678-9abc-def012345678',
      eventType: 'a',
      data: null,
    });
    expect(envelope.eventTimestamp).to.equal(options.eventTimestamp);
  });

  it('names every field that is wrong', () => {
    try {
      createEnvelope('', {}, { sourceService: 'svc', correlationId: 'no uuid', schemaVersion: 1.5 });
      expect.fail('accepted');
    } catch (error) {
      expect(error)
        .to.be.instanceOf(SlipwayError)
        .and.include({ code: 'SLIPWAY_EVENT_INVALID', retryable: false });
      expect((error as Error).message)
        .to.contain('eventType must not be empty')
        .and.to.contain('correlationId must be a UUID')
        .and.to.contain('schemaVersion must be a whole number');
    }
  });
});
