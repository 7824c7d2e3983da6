import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  type CloudEventMessage,
  type EventEnvelope,
  fromCloudEvent,
  type KafkaHeaders,
  SlipwayError,
  toCloudEvent,
} from '../../../../src/index.js';

const text = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .filter((each) => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(each));
const metadataKey = fc.oneof(
  fc.constantFrom(
    'traceparent',
    'tracestate',
    'subject',
    'id',
    'metadata',
    'user_id',
    'Upper',
    'schemaversion',
  ),
  fc.string(),
);

/** Whatever `JSON` can say, without what it cannot tell: -0, and properties with a meaning for JavaScript. */
const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')) as unknown);

const envelopes: fc.Arbitrary<EventEnvelope> = fc.record({
  eventId: fc.uuid(),
  eventType: text,
  eventTimestamp: fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  sourceService: text,
  schemaVersion: fc.integer(),
  correlationId: fc.uuid(),
  dataSchemaUri: fc.option(fc.webUrl()),
  data: json,
  metadata: fc.option(
    fc.dictionary(
      metadataKey.filter((key) => key !== '__proto__'),
      fc.oneof(fc.string({ unit: 'grapheme' }), json),
      { noNullPrototype: true },
    ),
  ),
});

const modes = fc.constantFrom('binary' as const, 'structured' as const);

/** A message as a consumer gets it: headers as bytes. */
function received({ headers, value }: CloudEventMessage): {
  headers: KafkaHeaders;
  value: Uint8Array | null;
} {
  const bytes = Object.entries(headers).map(([name, header]) => [name, Buffer.from(header)] as const);
  return { headers: Object.fromEntries(bytes), value };
}

describe('CloudEvents', () => {
  it('give back every envelope, in both modes', () => {
    fc.assert(
      fc.property(envelopes, modes, (envelope, mode) => {
        expect(fromCloudEvent(received(toCloudEvent(envelope, { mode })))).to.deep.equal(envelope);
      }),
      { numRuns: 1000 },
    );
  });

  it('give an envelope or a typed error of any message', () => {
    const header = fc.oneof(
      fc.constantFrom('1.0', '2025-01-01T00:00:00Z', 'application/json', 'application/cloudevents+json', '1'),
      fc.string(),
      fc.uint8Array(),
      fc.array(fc.string(), { maxLength: 2 }),
      fc.constant(undefined),
    );
    const name = fc.oneof(
      fc.constantFrom(
        'ce_specversion',
        'ce_id',
        'ce_type',
        'ce_source',
        'ce_time',
        'ce_metadata',
        'content-type',
      ),
      fc.string(),
    );
    const value = fc.oneof(
      fc.constant(null),
      fc.uint8Array(),
      fc.json().map((each) => Buffer.from(each)),
    );
    let read = 0;
    fc.assert(
      fc.property(fc.dictionary(name, header), fc.boolean(), value, (others, isComplete, bytes) => {
        const required = { ce_specversion: '1.0', ce_id: 'i', ce_type: 't', ce_source: '/s' };
        try {
          fromCloudEvent({ headers: { ...others, ...(isComplete ? required : {}) }, value: bytes });
          read += 1;
        } catch (error) {
          expect(SlipwayError.is(error), String(error)).to.equal(true);
        }
      }),
      { numRuns: 2000 },
    );
    expect(read).to.be.greaterThan(100);
  });
});
