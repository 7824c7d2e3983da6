import { expect } from 'chai';
import {
  createEnvelope,
  encodeEnvelope,
  JsonFloat,
  type ParsedEnvelope,
  parseEnvelope,
  SlipwayError,
} from '../../../src/index.js';
import { codeOf } from '../../support/code-of.js';
import { vectors } from '../../support/vectors.js';

interface ParseVector {
  readonly name: string;
  readonly input_base64: string;
  readonly expect:
    | { readonly ok: string; readonly generated?: readonly string[] }
    | { readonly error: readonly { readonly loc: readonly string[]; readonly type: string }[] };
}

const golden = vectors('envelope_parse') as readonly ParseVector[];
const uuid = '11111111-1111-4111-8111-111111111111';

/** An envelope with fields given as JSON; null leaves one out. */
function json(fields: Readonly<Record<string, string | null>> = {}): Buffer {
  const all = {
    event_id: `"${uuid}"`,
    event_type: '"t"',
    event_timestamp: '"2025-07-20T14:47:20Z"',
    source_service: '"s"',
    correlation_id: `"${uuid}"`,
    data: '1',
    ...fields,
  };
  const members = Object.entries(all).flatMap(([name, text]) =>
    text === null ? [] : [`"${name}": ${text}`],
  );
  return Buffer.from(`{${members.join(', ')}}`);
}

function errorOf(bytes: Uint8Array): SlipwayError {
  try {
    parseEnvelope(bytes);
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

const rewritten = (envelope: ParsedEnvelope): string => Buffer.from(encodeEnvelope(envelope)).toString();

describe(parseEnvelope.name, () => {
  for (const { name, input_base64: input, expect: expected } of golden) {
    it(`does with ${name} what the original does`, () => {
      const bytes = Buffer.from(input, 'base64');
      if ('error' in expected) {
        const error = errorOf(bytes);
        const unreadable = expected.error.some(({ type }) => type === 'json_invalid');
        expect(error.code).to.equal(unreadable ? 'SLIPWAY_EVENT_UNREADABLE' : 'SLIPWAY_EVENT_INVALID');
        if (!unreadable)
          expect(error.context['fields']).to.deep.equal(expected.error.map(({ loc }) => loc[0]));
        return;
      }
      expect(expected.generated ?? []).to.deep.equal([]);
      for (const numbers of ['plain', 'lossless'] as const) {
        const envelope = parseEnvelope(bytes, { numbers });
        expect(rewritten(envelope)).to.equal(expected.ok);
        expect(envelope.generated).to.deep.equal([]);
      }
    });
  }

  it('gives back what was encoded', () => {
    const envelope = createEnvelope('a.b.v1', { t: 'åäö 😀', n: [1, null] }, { sourceService: 'svc' });
    expect(parseEnvelope(encodeEnvelope(envelope))).to.deep.equal({ ...envelope, generated: [] });
  });

  it('makes up ids and time, and says so', () => {
    const before = Date.now();
    const envelope = parseEnvelope(json({ event_id: null, event_timestamp: null, correlation_id: null }));
    const after = Date.now();
    expect(envelope.generated).to.deep.equal(['eventId', 'eventTimestamp', 'correlationId']);
    expect(envelope.eventId).to.match(/^[0-9a-f-]{36}$/);
    expect(envelope.eventTimestamp.getTime()).to.be.within(before, after);
    expect(parseEnvelope(json({ correlation_id: null })).generated).to.deep.equal(['correlationId']);
  });

  it('gives plain numbers, or all that the JSON says of them', () => {
    const bytes = json({ data: '[1, 1.0, 1.5, 1e16, -0, -0.0, 9007199254740993, NaN]' });
    expect(parseEnvelope(bytes).data).to.deep.equal([1, 1, 1.5, 1e16, -0, -0, 2 ** 53, Number.NaN]);
    const lossless = parseEnvelope(bytes, { numbers: 'lossless' }).data as readonly unknown[];
    expect(lossless).to.deep.equal([
      1,
      new JsonFloat(1),
      1.5,
      1e16,
      0,
      new JsonFloat(-0),
      9007199254740993n,
      Number.NaN,
    ]);
  });

  it('keeps __proto__ as a key like any other', () => {
    for (const numbers of ['plain', 'lossless'] as const) {
      const { data } = parseEnvelope(json({ data: '{"__proto__": {"x": 1}}' }), { numbers });
      expect(Object.keys(data as object)).to.deep.equal(['__proto__']);
      expect((data as { x?: unknown }).x).to.equal(undefined);
    }
  });

  describe('of what JSON.parse would take, refuses what the original refuses', () => {
    for (const [what, data] of [
      ['half a surrogate pair', '"\\ud800"'],
      ['the other half', '{"\\uDC00x": 1}'],
      ['too deep an array', `${'['.repeat(200)}1${']'.repeat(200)}`],
      [
        'too deep an object behind brackets in text',
        `["]]]\\"]]]", ${'{"a":'.repeat(199)}1${'}'.repeat(199)}]`,
      ],
      ['too long an integer', '9'.repeat(4301)],
      ['too long a negative integer', `-${'9'.repeat(4300)}`],
    ] as const) {
      it(what, () => {
        for (const numbers of ['plain', 'lossless'] as const) {
          expect(codeOf(() => parseEnvelope(json({ data }), { numbers }))).to.equal(
            'SLIPWAY_EVENT_UNREADABLE',
          );
        }
      });
    }

    for (const [what, data] of [
      ['a whole pair', '"\\ud83d\\ude00"'],
      ['as deep an array', `${'['.repeat(199)}1${']'.repeat(199)}`],
      ['an empty array below it', `${'['.repeat(200)}${']'.repeat(200)}`],
      ['many small objects', `[${'{"a": 1},'.repeat(300)}{}]`],
      ['as long an integer', '9'.repeat(4300)],
      ['many digits of a float', `0.${'1'.repeat(5000)}`],
    ] as const) {
      it(`but takes ${what}`, () => {
        for (const numbers of ['plain', 'lossless'] as const) {
          expect(parseEnvelope(json({ data }), { numbers }).eventType).to.equal('t');
        }
      });
    }
  });

  for (const [given, expected] of [
    ['" +1_000.0\\n"', 1000],
    ['true', 1],
    ['-0.0', 0],
    ['"1e2"', undefined],
    ['"1__0"', undefined],
    ['"1."', undefined],
    ['"\\u0661"', undefined],
    ['1.5', undefined],
    ['null', undefined],
    // The original takes it; a number here could not hold it.
    ['9007199254740993', undefined],
  ] as const) {
    it(`reads the schema version ${given} as ${expected ?? 'wrong'}`, () => {
      const bytes = json({ schema_version: given });
      if (expected === undefined) {
        expect(errorOf(bytes).context['fields']).to.deep.equal(['schema_version']);
      } else expect(Object.is(parseEnvelope(bytes).schemaVersion, expected)).to.equal(true);
    });
  }

  it('refuses bytes that are no UTF-8 JSON, and says where', () => {
    for (const bytes of ['{', '', '\ufeff{}', '{"a": 1,}', '{"a": 01}', '{}\u0000'].map((text) =>
      Buffer.from(text),
    )) {
      expect(errorOf(bytes)).to.include({ code: 'SLIPWAY_EVENT_UNREADABLE' });
    }
    expect(errorOf(Buffer.from([0x7b, 0xff])).message).to.contain('not UTF-8');
    expect(errorOf(Buffer.from('{"a": 1,\n}')).message).to.contain('line 2 column 1 (char 9)');
  });

  it('names every field that is wrong, by its name in JSON', () => {
    const error = errorOf(
      Buffer.from('{"event_id": 1, "event_type": 1, "metadata": [], "data_schema_uri": 1}'),
    );
    expect(error.code).to.equal('SLIPWAY_EVENT_INVALID');
    expect(error.context['fields']).to.deep.equal([
      'event_id',
      'event_type',
      'source_service',
      'data_schema_uri',
      'data',
      'metadata',
    ]);
    expect(error.message).to.contain('event_id must be a UUID').and.to.contain('data is missing');
    expect(codeOf(() => parseEnvelope(Buffer.from('[]')))).to.equal('SLIPWAY_EVENT_INVALID');
  });
});
