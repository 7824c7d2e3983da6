import { expect } from 'chai';
import { CloudEvent, Kafka, type KafkaMessage } from 'cloudevents';
import * as fc from 'fast-check';
import {
  createEnvelope,
  type EventEnvelope,
  fromCloudEvent,
  type KafkaHeaders,
  toCloudEvent,
} from '../../../../src/index.js';

const envelope: EventEnvelope = createEnvelope(
  'content.created.v1',
  { title: 'Åska', list: [1, null, true] },
  {
    sourceService: 'essay-desk',
    eventTimestamp: new Date('2025-01-02T03:04:05.006Z'),
    dataSchemaUri: 'https://schemas.example/content.json',
    metadata: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', user_id: 'u' },
  },
);

/** What the SDK reads of a message of ours, having held it against the standard. */
function readBySdk(given: EventEnvelope, mode: 'binary' | 'structured'): CloudEvent {
  const { headers, value, key } = toCloudEvent(given, { mode, key: 'e1' });
  const text = value === null ? null : Buffer.from(value).toString();
  const message = { headers, key, value: text, body: text } as unknown as KafkaMessage;
  expect(Kafka.isEvent(message)).to.equal(true);
  const event = Kafka.toEvent(message) as CloudEvent;
  // It reads leniently: validate() is what applies the schema of the standard.
  expect(event.validate()).to.equal(true);
  return event;
}

/** What a consumer gets of a message the SDK made: headers of undefined are not sent, and the others are bytes. */
function sent({ headers, value }: KafkaMessage): { headers: KafkaHeaders; value: Uint8Array } {
  const given = Object.entries(headers).filter(([, header]) => header !== undefined);
  return {
    headers: Object.fromEntries(given.map(([name, header]) => [name, Buffer.from(String(header))])),
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  };
}

describe("CloudEvents and the official SDK's Kafka binding", () => {
  for (const mode of ['binary', 'structured'] as const) {
    it(`it reads what we write in ${mode} mode`, () => {
      const event = readBySdk(envelope, mode);
      expect(event).to.deep.include({
        specversion: '1.0',
        id: envelope.eventId,
        type: 'content.created.v1',
        source: 'essay-desk',
        time: '2025-01-02T03:04:05.006Z',
        datacontenttype: 'application/json',
        dataschema: 'https://schemas.example/content.json',
        data: envelope.data,
        partitionkey: 'e1',
        correlationid: envelope.correlationId,
        schemaversion: mode === 'binary' ? '1' : 1,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        metadata: '{"user_id": "u"}',
      });
    });

    it(`we read what it writes in ${mode} mode`, () => {
      const event = new CloudEvent({
        id: 'A234-1234',
        type: 'com.example.essay',
        source: 'https://example.com/essays',
        subject: 'essay/1',
        time: '2025-01-02T03:04:05.006Z',
        dataschema: 'https://schemas.example/content.json',
        datacontenttype: 'application/json',
        correlationid: envelope.correlationId,
        schemaversion: 3,
        partitionkey: 'e1',
        data: { title: 'Åska' },
      });
      const read = fromCloudEvent(sent(Kafka[mode](event)));
      expect(read).to.deep.include({
        eventType: 'com.example.essay',
        sourceService: 'https://example.com/essays',
        eventTimestamp: new Date('2025-01-02T03:04:05.006Z'),
        schemaVersion: 3,
        correlationId: envelope.correlationId,
        dataSchemaUri: 'https://schemas.example/content.json',
        data: { title: 'Åska' },
        metadata: { subject: 'essay/1', originalid: 'A234-1234' },
      });
    });

    it(`gives back in ${mode} mode what it read of ours`, () => {
      const event = readBySdk(envelope, mode);
      expect(fromCloudEvent(sent(Kafka[mode](event)))).to.deep.equal(envelope);
    });
  }

  it('agree on services and types with any characters', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((each) => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(each));
    const modes = fc.constantFrom('binary' as const, 'structured' as const);
    fc.assert(
      fc.property(text, text, fc.webUrl(), modes, (sourceService, eventType, uri, mode) => {
        for (const service of [sourceService, uri]) {
          const given = { ...envelope, sourceService: service, eventType, dataSchemaUri: uri };
          const event = readBySdk(given, mode);
          expect(event.type).to.equal(eventType);
          expect(event['sourceservice'] ?? event.source).to.equal(service);
        }
      }),
    );
  });
});
