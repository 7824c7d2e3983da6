import { expect } from 'chai';
import {
  correlationContext,
  correlationIdAsString,
  correlationUuid,
  extractCorrelationId,
  extractUserId,
  headerEventId,
  idempotencyKey,
} from '../../../../src/index.js';
import { vectors } from '../../../support/vectors.js';

interface HeaderVector {
  readonly name: string;
  readonly headers: { readonly event_id: string; readonly event_type: string };
  readonly service_name: string;
  readonly expect: { readonly sha256: string; readonly redis_key: string };
}

interface CorrelationVector {
  readonly name: string;
  readonly original: string;
  readonly expect: { readonly uuid: string };
}

const uuid = 'abcdef01-2345-4678-9abc-def012345678';

describe(headerEventId.name, () => {
  for (const { name, headers, service_name: serviceName, expect: expected } of vectors(
    'header_event_id',
  ) as readonly HeaderVector[]) {
    it(`gives the id and key of the original: ${name}`, () => {
      const id = headerEventId(headers);
      expect(id).to.equal(expected.sha256);
      const parts = { serviceName, eventType: headers.event_type, id: expected.sha256 };
      expect(idempotencyKey(parts)).to.equal(expected.redis_key);
    });
  }

  it('needs both headers', () => {
    expect(headerEventId({ event_id: 'e' })).to.equal(undefined);
    expect(headerEventId({ event_id: '', event_type: 't' })).to.equal(undefined);
    expect(headerEventId({ event_id: 'e', event_type: '' })).to.equal(undefined);
  });
});

describe(idempotencyKey.name, () => {
  it('takes another prefix', () => {
    expect(idempotencyKey({ prefix: 'p', serviceName: 's', eventType: 'a.b.v1', id: '1' })).to.equal(
      'p:s:a_b_v1:1',
    );
  });
});

describe(correlationContext.name, () => {
  for (const { name, original, expect: expected } of vectors(
    'correlation_context',
  ) as readonly CorrelationVector[]) {
    it(`gives the UUID of the original: ${name}`, () => {
      expect(correlationContext({ header: original })).to.deep.equal({
        uuid: expected.uuid,
        original,
        source: 'header',
      });
    });
  }

  it('prefers the header to the query, and makes one up if there is neither', () => {
    expect(correlationContext({ header: 'a', query: 'b' })).to.include({ original: 'a', source: 'header' });
    expect(correlationContext({ header: '', query: uuid })).to.include({
      uuid,
      original: uuid,
      source: 'query',
    });
    const { uuid: made, original, source } = correlationContext();
    expect({ made, source }).to.deep.equal({ made: original, source: 'generated' });
    expect(made).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(correlationContext({ header: '' }).original).to.not.equal(original);
  });
});

describe(correlationUuid.name, () => {
  // Each as UUID() of Python 3.11 reads it.
  for (const [text, expected] of [
    ['{abcdef01-2345-4678-9abc-def012345678}', uuid],
    ['}}abcdef01-2345-4678-9abc-def012345678{', uuid],
    ['abcdef01-uuid:2345-4678-9abc-def012345678', uuid],
    ['0xabcdef0123454678-9abc-def0123456', '00abcdef-0123-4546-789a-bcdef0123456'],
    ['+abcdef0123454678-9abc-def01234567', '0abcdef0-1234-5467-89ab-cdef01234567'],
    [' abcdef0123454678-9abc-def0123456 ', '00abcdef-0123-4546-789a-bcdef0123456'],
    ['\u0663'.repeat(32), '33333333-3333-3333-3333-333333333333'],
    ['\u{1d7d7}'.repeat(32), '99999999-9999-9999-9999-999999999999'],
    [`\u3000${'a'.repeat(31)}`, '0aaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'],
    [`\u001f${'a'.repeat(31)}`, '29e0c4b3-e39d-597f-82fd-38d644b7f947'],
    ['abcdef01_345_678_9abc_def012345678', '6601b15b-a4cb-5d5c-9bdd-44e08e123861'],
  ] as const) {
    it(`reads ${text}`, () => {
      expect(correlationUuid(text)).to.equal(expected);
    });
  }
});

const extract = (text: string | Uint8Array): string | undefined => extractCorrelationId(Buffer.from(text));

describe(extractCorrelationId.name, () => {
  it('finds text only, and refuses nothing', () => {
    expect(extract('{"correlation_id": "c", "x": NaN}')).to.equal('c');
    expect(extract(Buffer.from('{"correlation_id": "å"}', 'utf16le'))).to.equal('å');
    for (const none of [
      '{"correlation_id": 1}',
      '{}',
      '[]',
      'null',
      '{',
      '',
      '{"correlation_id": null}',
      Buffer.from([0xff]),
    ]) {
      expect(extract(none)).to.equal(undefined);
    }
  });
});

describe(correlationIdAsString.name, () => {
  it('gives text of what is there', () => {
    expect(correlationIdAsString(uuid)).to.equal(uuid);
    expect(correlationIdAsString(5)).to.equal('5');
    expect(correlationIdAsString('')).to.equal('');
    expect([correlationIdAsString(null), correlationIdAsString(undefined)]).to.deep.equal([
      undefined,
      undefined,
    ]);
  });
});

describe(extractUserId.name, () => {
  it('takes the first field that holds anything', () => {
    expect(extractUserId({ owner_id: 'o', user_id: 'u' })).to.equal('u');
    expect(extractUserId({ user_id: '', created_by_id: 7, author_id: 'a' })).to.equal('7');
    expect(extractUserId({ user_id: null, author_id: 'a' })).to.equal('a');
    for (const none of [{}, null, undefined, 'user_id', [], { user_id: 0 }])
      expect(extractUserId(none)).to.equal(undefined);
  });
});
