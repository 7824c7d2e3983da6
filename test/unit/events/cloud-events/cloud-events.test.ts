import { expect } from 'chai';
import {
  createEnvelope,
  type EventEnvelope,
  fromCloudEvent,
  isCloudEvent,
  type KafkaHeaders,
  toCloudEvent,
} from '../../../../src/index.js';
import { ContentCreated, contentEvents } from '../../../support/content-events.js';
import { thrown } from '../../../support/thrown.js';

const eventId = '11111111-1111-4111-8111-111111111111';
const correlationId = '22222222-2222-4222-8222-222222222222';
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const context = {
  sourceService: 'essay-desk',
  eventId,
  correlationId,
  eventTimestamp: new Date('2025-01-02T03:04:05.006Z'),
};

function envelopeWith(changes: Partial<EventEnvelope>): EventEnvelope {
  return { ...createEnvelope('content.created.v1', { id: 'e1' }, context), ...changes };
}

/** A message in binary mode with the attributes that have to be there, and these. */
function binary(headers: KafkaHeaders, value: string | null = '{}') {
  const required = { ce_specversion: '1.0', ce_id: 'i', ce_type: 't', ce_source: '/s' };
  return { headers: { ...required, ...headers }, value: value === null ? null : Buffer.from(value) };
}

function structured(event: unknown, contentType = 'application/cloudevents+json') {
  const value = typeof event === 'string' ? event : JSON.stringify(event);
  return { headers: { 'content-type': contentType }, value: Buffer.from(value) };
}

const minimal = { specversion: '1.0', id: 'i', type: 't', source: '/s' };

describe('toCloudEvent', () => {
  it('writes the attributes as headers and the data as the value in binary mode', () => {
    const metadata = { traceparent, tracestate: 'a=b' };
    const dataSchemaUri = 'https://schemas.example/content.json';
    const envelope = envelopeWith({ metadata, dataSchemaUri, data: { title: 'Åska', n: 1 } });
    const message = toCloudEvent(envelope, { key: 'e1' });
    expect(message.key).to.equal('e1');
    expect(message.headers).to.deep.equal({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: 'content.created.v1',
      ce_source: 'essay-desk',
      ce_time: '2025-01-02T03:04:05.006Z',
      ce_dataschema: dataSchemaUri,
      ce_correlationid: correlationId,
      ce_schemaversion: '1',
      ce_traceparent: traceparent,
      ce_tracestate: 'a=b',
    });
    expect(Buffer.from(message.value ?? '').toString()).to.equal('{"title": "\\u00c5ska", "n": 1}');
  });

  it('writes one JSON value in structured mode', () => {
    const message = toCloudEvent(envelopeWith({ metadata: { traceparent } }), { mode: 'structured' });
    expect(message).to.not.have.property('key');
    expect(message.headers).to.deep.equal({ 'content-type': 'application/cloudevents+json; charset=UTF-8' });
    expect(JSON.parse(Buffer.from(message.value ?? '').toString())).to.deep.equal({
      specversion: '1.0',
      id: eventId,
      type: 'content.created.v1',
      source: 'essay-desk',
      time: '2025-01-02T03:04:05.006Z',
      correlationid: correlationId,
      schemaversion: 1,
      traceparent,
      datacontenttype: 'application/json',
      data: { id: 'e1' },
    });
  });

  it('says the key as an attribute only on demand, and leaves the event as it is either way', () => {
    const envelope = envelopeWith({});
    const said = toCloudEvent(envelope, { key: 'k', partitionKey: true });
    expect(said).to.deep.include({ key: 'k' });
    expect(said.headers['ce_partitionkey']).to.equal('k');
    expect(toCloudEvent(envelope, { partitionKey: true }).headers).to.not.have.property('ce_partitionkey');
    expect(fromCloudEvent(said)).to.deep.equal(envelope);
  });

  it('takes a source, and percent-encodes a service name that is no URI reference', () => {
    const given = toCloudEvent(envelopeWith({}), { source: 'https://desk.example/essays' }).headers;
    expect(given).to.include({ ce_source: 'https://desk.example/essays', ce_sourceservice: 'essay-desk' });
    const odd = toCloudEvent(envelopeWith({ sourceService: 'essay desk: å' })).headers;
    expect(odd).to.include({ ce_source: 'essay%20desk%3A%20%C3%A5', ce_sourceservice: 'essay desk: å' });
    const uri = toCloudEvent(envelopeWith({ sourceService: 'urn:desk:1' })).headers;
    expect(uri).to.include({ ce_source: 'urn:desk:1' }).and.to.not.have.property('ce_sourceservice');
  });

  it('writes no data as a tombstone in binary mode, as null in structured mode', () => {
    const nothing = envelopeWith({ data: null });
    expect(toCloudEvent(nothing).value).to.equal(null);
    const value = toCloudEvent(nothing, { mode: 'structured' }).value;
    expect(Buffer.from(value ?? '').toString()).to.contain('"data": null');
  });

  it('writes what a registry gives for the wire, floats and codecs included', () => {
    const created = createEnvelope(ContentCreated, { essay_id: 'e1', title: 't', score: 1 }, context);
    const value = toCloudEvent(contentEvents.toWire(created)).value;
    expect(Buffer.from(value ?? '').toString()).to.contain('"score": 1.0');
  });

  it('keeps metadata that no attribute can hold as JSON', () => {
    const metadata = {
      traceparent,
      user_id: 'u1',
      depth: 2,
      id: 'x',
      empty: '',
      bell: '\u0007',
      schemaurl: 's',
    };
    const { headers } = toCloudEvent(envelopeWith({ metadata }));
    expect(headers['ce_traceparent']).to.equal(traceparent);
    expect(JSON.parse(headers['ce_metadata'] ?? '')).to.deep.equal({
      user_id: 'u1',
      depth: 2,
      id: 'x',
      empty: '',
      bell: '\u0007',
      schemaurl: 's',
    });
    expect(headers['ce_id']).to.equal(eventId);
  });

  it('names everything that an attribute cannot hold', () => {
    const bad = envelopeWith({
      eventType: 'a\nb',
      sourceService: '\ud800',
      dataSchemaUri: 'schemas/a.json',
      schemaVersion: 2 ** 31,
      eventTimestamp: new Date(8.64e15),
    });
    for (const mode of ['binary', 'structured'] as const) {
      const error = thrown(() => toCloudEvent(bad, { mode }));
      expect(error).to.include({ code: 'SLIPWAY_EVENT_CLOUDEVENT', retryable: false });
      expect(error.context['problems']).to.deep.equal([
        'type is empty or has characters that no attribute may have',
        'source is empty or has characters that no attribute may have',
        'time is empty or has characters that no attribute may have',
        'source is no URI reference',
        'dataschema is no absolute URI',
        'schemaversion is no 32-bit number',
      ]);
    }
    for (const source of ['', 'a b', '%zz', 'å']) {
      expect(thrown(() => toCloudEvent(envelopeWith({}), { source })).message).to.contain('source');
    }
    const invalidDate = envelopeWith({ eventTimestamp: new Date(Number.NaN) });
    expect(thrown(() => toCloudEvent(invalidDate)).message).to.contain('time');
  });
});

describe('isCloudEvent', () => {
  it('knows both modes by their headers, whatever their case', () => {
    expect(isCloudEvent({ ce_specversion: '1.0' })).to.equal(true);
    expect(isCloudEvent({ CE_SpecVersion: Buffer.from('1.0') })).to.equal(true);
    expect(isCloudEvent({ 'Content-Type': 'Application/CloudEvents+JSON;charset=utf-8' })).to.equal(true);
    expect(isCloudEvent({ 'content-type': 'application/json', event_id: 'x' })).to.equal(false);
    expect(isCloudEvent({ 'content-type': Buffer.from([0xff]) })).to.equal(false);
    expect(isCloudEvent({ ce_specversion: undefined })).to.equal(false);
    expect(isCloudEvent({})).to.equal(false);
  });
});

describe('fromCloudEvent', () => {
  it('fills in what the event does not say', () => {
    const before = Date.now();
    const envelope = fromCloudEvent(binary({}, '[1]'));
    expect(envelope).to.deep.include({
      eventType: 't',
      sourceService: '/s',
      schemaVersion: 1,
      dataSchemaUri: null,
      data: [1],
      metadata: { originalid: 'i' },
    });
    expect(envelope.correlationId).to.match(/^[0-9a-f-]{36}$/);
    expect(envelope.eventTimestamp.getTime()).to.be.within(before, Date.now());
  });

  it('makes a UUID of any id, the same one for the same source and id', () => {
    const first = fromCloudEvent(binary({ ce_id: 'order 1' }));
    expect(first.eventId).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(fromCloudEvent(structured({ ...minimal, id: 'order 1' })).eventId).to.equal(first.eventId);
    expect(fromCloudEvent(binary({ ce_id: 'order 1', ce_source: '/x' })).eventId).to.not.equal(first.eventId);
    expect(fromCloudEvent(binary({ ce_id: eventId.toUpperCase() }))).to.include({ eventId, metadata: null });
  });

  it('makes a UUID of any correlation id as the original does', () => {
    const envelope = fromCloudEvent(binary({ ce_id: eventId, ce_correlationid: 'my-request-1' }));
    // Python: uuid5(NAMESPACE_OID, 'my-request-1')
    expect(envelope.correlationId).to.equal('fb0bee7f-bec4-5a83-8f01-cd6dc1e31ca7');
    expect(envelope.metadata).to.deep.equal({ originalcorrelation: 'my-request-1' });
  });

  it('keeps attributes without a meaning of their own, and sends them on as attributes', () => {
    const received = fromCloudEvent(
      structured({ ...minimal, id: eventId, subject: 'essay/1', traceparent, hops: 2, urgent: true }),
    );
    expect(received.metadata).to.deep.equal({ subject: 'essay/1', traceparent, hops: 2, urgent: true });
    const { headers } = toCloudEvent(received);
    expect(headers).to.include({ ce_subject: 'essay/1', ce_traceparent: traceparent });
    expect(JSON.parse(headers['ce_metadata'] ?? '')).to.deep.equal({ hops: 2, urgent: true });
  });

  it('reads headers as Kafka clients give them: text, bytes, several under one name, any case', () => {
    const headers = {
      CE_SpecVersion: Buffer.from('1.0'),
      Ce_Id: [Buffer.from('first'), eventId],
      ce_type: 'å',
      ce_source: Buffer.from('/s'),
      ce_time: '2025-01-02t03:04:05.123456789+02:00',
      'Content-Type': 'application/vnd.essay+json ; charset=utf-8',
      ce_none: undefined,
      unrelated: Buffer.from([0xff]),
    };
    expect(fromCloudEvent({ headers, value: Buffer.from('{"a":1}') })).to.deep.include({
      eventId,
      eventType: 'å',
      eventTimestamp: new Date('2025-01-02T01:04:05.123Z'),
      data: { a: 1 },
      metadata: null,
    });
  });

  it('reads data that is text, and data in base64', () => {
    expect(fromCloudEvent(binary({ 'content-type': 'text/plain' }, 'hej å')).data).to.equal('hej å');
    const base64 = Buffer.from('{"a":1}').toString('base64');
    expect(fromCloudEvent(structured({ ...minimal, data_base64: base64 })).data).to.deep.equal({ a: 1 });
    const text = {
      ...minimal,
      datacontenttype: 'text/xml',
      data_base64: Buffer.from('<a/>').toString('base64'),
    };
    expect(fromCloudEvent(structured(text)).data).to.equal('<a/>');
    expect(
      fromCloudEvent(structured({ ...minimal, datacontenttype: 'text/xml', data: '<a/>' })).data,
    ).to.equal('<a/>');
  });

  it('takes a tombstone, and attributes of null, as absent', () => {
    expect(fromCloudEvent(binary({}, null)).data).to.equal(null);
    expect(fromCloudEvent(structured({ ...minimal, time: null, data: null, hops: null }))).to.deep.include({
      data: null,
      metadata: { originalid: 'i' },
    });
  });

  it('refuses what is no CloudEvent 1.0, saying why', () => {
    const refused = [
      [{ headers: {}, value: Buffer.from('{}') }, 'neither a header ce_specversion nor a content-type'],
      [binary({ ce_specversion: '0.3', ce_source: '' }), 'specversion is not 1.0; source is empty'],
      [
        binary({ ce_id: undefined, ce_type: undefined }),
        'id is missing or no text; type is missing or no text',
      ],
      [binary({ ce_time: 'yesterday' }), 'time is no RFC 3339 time'],
      [binary({ ce_time: '2025-02-30T00:00:00Z' }), 'time is no RFC 3339 time'],
      [binary({ ce_schemaversion: '1.5' }), 'schemaversion is no whole number'],
      [binary({ ce_metadata: '[1]' }), 'metadata is no JSON object'],
      [binary({ ce_metadata: '{' }), 'metadata is no JSON object'],
      [binary({ ce_type: Buffer.from([0xff]) }), 'header ce_type is no UTF-8'],
      [binary({}, '{'), 'its value is no JSON'],
      [binary({ 'content-type': 'application/avro' }), "its data is 'application/avro'"],
      [{ ...binary({}), value: Buffer.from([0x22, 0xff, 0x22]) }, 'value is no UTF-8'],
      [structured('[]'), 'its value is no JSON object'],
      [structured('nonsense'), 'its value is no JSON'],
      [
        structured(minimal, 'application/cloudevents-batch+json'),
        'only application/cloudevents+json is read',
      ],
      [structured(minimal, 'application/cloudevents+avro'), 'only application/cloudevents+json is read'],
      [{ ...structured(minimal), value: null }, 'it has no value'],
      [structured({ ...minimal, data: 1, data_base64: 'AA==' }), 'data_base64 stands beside data'],
      [structured({ ...minimal, data_base64: 1 }), 'data_base64'],
      [structured({ ...minimal, id: 1, time: 2, metadata: {} }), 'id is missing or no text'],
    ] as const;
    for (const [message, why] of refused) {
      const error = thrown(() => fromCloudEvent(message));
      expect(error.code).to.equal('SLIPWAY_EVENT_CLOUDEVENT');
      expect(error.message).to.contain(why);
    }
  });
});
