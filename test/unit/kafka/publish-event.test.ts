import { expect } from 'chai';
import {
  Application,
  createEnvelope,
  type EventEnvelope,
  EventRegistry,
  events,
  infrastructure,
  KafkaBus,
  KafkaPublisherProtocol,
  loadSettings,
  MemoryDriver,
  MemoryKafka,
  PublishBatchError,
  PublishError,
  withLogContext,
} from '../../../src/index.js';
import { BatchClosed, ContentCreated, contentEvents, Ticked } from '../../support/content-events.js';
import { numbered } from '../../support/kafka/census.js';
import { failureOf, publishFailureOf } from '../../support/kafka/outcomes.js';

const sourceService = 'desk';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

function essay(essay_id = 'e1'): EventEnvelope {
  return createEnvelope(ContentCreated, { essay_id, title: 'On sheds', score: 1 }, { sourceService });
}

describe('KafkaBus with an event registry', () => {
  let cluster: MemoryKafka;
  let bus: KafkaBus;

  beforeEach(async () => {
    cluster = new MemoryKafka({ defaultPartitions: 4 });
    bus = new KafkaBus({ clientId: 'test', driver: new MemoryDriver(cluster) }, undefined, contentEvents);
    await bus.start();
  });

  afterEach(() => bus.stop());

  describe('publishEvent', () => {
    it('sends the event to its topic under its key, its data as the schema has them: a whole float stays a float', async () => {
      const envelope = essay();
      const { topic } = await bus.publishEvent(envelope, { headers: { tenant: 'x' } });

      const [record] = cluster.records('content-events');
      expect(topic).to.equal('content-events');
      expect(record?.key?.toString()).to.equal('e1');
      expect(record?.value.toString()).to.contain('"score": 1.0');
      expect(record?.value).to.deep.equal(Buffer.from(contentEvents.encode(envelope)));
      expect(record?.headers).to.include({ tenant: 'x', event_type: 'content.created.v2' });
    });

    it('sends an event without a key to any partition', async () => {
      await bus.publishEvent(createEnvelope(Ticked, null, { sourceService }));
      expect(cluster.records('ticks')[0]?.key).to.equal(null);
    });

    it('refuses an event that is not registered, and one whose data give no key', async () => {
      expect(await publishFailureOf(bus.publishEvent(numbered(1)))).to.deep.equal({
        code: 'SLIPWAY_EVENT_UNKNOWN',
        outcome: 'not-written',
      });
      expect(await publishFailureOf(bus.publishEvent({ ...essay(), data: { essay_id: 1 } }))).to.deep.equal({
        code: 'SLIPWAY_EVENT_INVALID',
        outcome: 'not-written',
      });
      expect(cluster.topics()).to.deep.equal([]);
    });

    it('refuses data that a codec of the schema does not take, and stays usable', async () => {
      const closed = { ...essay(), eventType: 'BATCH_CLOSED', schemaVersion: 3 };
      const broken = { ...closed, data: { batch: { id: 'b1' }, closed_at: 'never' } };
      expect(await publishFailureOf(bus.publishEvent(broken))).to.deep.equal({
        code: 'SLIPWAY_EVENT_INVALID',
        outcome: 'not-written',
      });
      const right = { batch: { id: 'b1' }, closed_at: '2025-01-01T00:00:00Z' };
      await bus.publishEvent(createEnvelope(BatchClosed, right, { sourceService }));
      expect(cluster.records('batch.events')[0]?.value.toString()).to.contain('2025-01-01T00:00:00.000Z');
    });

    it('says what to do where the bus has no registry', async () => {
      await using bare = new KafkaBus({ clientId: 'bare', driver: new MemoryDriver(cluster) });
      await bare.start();
      const error = await failureOf(bare.publishEvent(essay()));
      expect(error).to.be.instanceOf(PublishError).and.include({
        code: 'SLIPWAY_KAFKA_NO_REGISTRY',
        retryable: false,
      });
      expect(error.message).to.contain('content.created.v2').and.contain('registry()');
    });
  });

  it('writes a registered event by its schema also when the topic is given, and others as they are', async () => {
    await bus.publish('elsewhere', essay(), { key: 'k' });
    await bus.publish('elsewhere', numbered(1), { key: 'k' });
    const [known, unknown] = cluster.records('elsewhere').map(({ value }) => value.toString());
    expect(known).to.contain('"score": 1.0');
    expect(unknown).to.contain('"data": {"number": 1}');
  });

  it('is what infrastructure makes', async () => {
    const settings = loadSettings({
      SERVICE_NAME: 'desk',
      LOG_LEVEL: 'error',
      KAFKA_BOOTSTRAP_SERVERS: 'memory://',
    });
    await using app = await Application.start([infrastructure(settings), events([ContentCreated])]);
    const kafka = await app.get(KafkaPublisherProtocol);
    expect(await kafka.publishEvent(essay())).to.include({ topic: 'content-events' });
    expect((await app.get(EventRegistry)).events).to.deep.equal([ContentCreated]);
  });

  describe('publishBatch', () => {
    it('resolves with the place of each item in the order of the items, those of one key in theirs', async () => {
      const items = ['a', 'b', 'a', 'b', 'a'].map((key, number) => ({
        topic: 'events',
        envelope: numbered(number),
        key,
      }));
      const results = await bus.publishBatch([...items, { envelope: essay('e9') }]);

      expect(results.map(({ topic }) => topic)).to.deep.equal([
        ...items.map(() => 'events'),
        'content-events',
      ]);
      const stored = cluster.records('events');
      results.slice(0, 5).forEach(({ partition, offset }, number) => {
        const record = stored.find((each) => each.partition === partition && String(each.offset) === offset);
        expect(record?.value.toString()).to.contain(`"data": {"number": ${number}}`);
      });
      const ofA = stored.filter(({ key }) => key?.toString() === 'a').map(({ value }) => value.toString());
      expect(ofA.map((text) => /"number": (\d)/.exec(text)?.[1])).to.deep.equal(['0', '2', '4']);
      expect(cluster.records('content-events')[0]?.key?.toString()).to.equal('e9');
    });

    it('lets the key and the headers of an item stand for it', async () => {
      await bus.publishBatch([{ envelope: essay(), key: 'other', headers: { tenant: 'x' } }]);
      const [record] = cluster.records('content-events');
      expect([record?.key?.toString(), record?.headers['tenant']]).to.deep.equal(['other', 'x']);
    });

    it('resolves with nothing for nothing', async () => {
      expect(await bus.publishBatch([])).to.deep.equal([]);
    });

    it('tells what became of every item where some fail', async () => {
      const error = await failureOf(
        bus.publishBatch([
          { topic: 'events', envelope: numbered(0) },
          { envelope: numbered(1) },
          { topic: 'no topic', envelope: numbered(2) },
          { topic: 'events', envelope: { ...numbered(3), data: undefined } },
          { topic: 'events', envelope: numbered(4) },
        ]),
      );
      if (!PublishBatchError.is(error)) throw error;
      expect(error).to.include({ code: 'SLIPWAY_KAFKA_BATCH', retryable: false });
      expect(error.context).to.include({ failed: 3, total: 5 });
      expect(error.message).to.contain('3 of 5');
      const told = error.results.map((result) =>
        PublishError.is(result) ? `${result.code} ${result.outcome}` : result.topic,
      );
      expect(told).to.deep.equal([
        'events',
        'SLIPWAY_EVENT_UNKNOWN not-written',
        'SLIPWAY_KAFKA_REJECTED not-written',
        'SLIPWAY_EVENT_INVALID not-written',
        'events',
      ]);
      expect(error.errors).to.deep.equal(error.results.filter((result) => PublishError.is(result)));
      expect(cluster.records('events')).to.have.length(2);
    });

    it('may succeed later where every failure may', async () => {
      const abort = new AbortController();
      cluster.stall();
      const batch = bus.publishBatch([{ envelope: essay() }, { envelope: essay() }], {
        signal: abort.signal,
      });
      abort.abort();
      const error = await failureOf(batch);
      cluster.resume();
      if (!PublishBatchError.is(error)) throw error;
      expect(error.retryable).to.equal(true);
      expect(error.errors.map(({ code }) => code)).to.deep.equal([
        'SLIPWAY_KAFKA_ABORTED',
        'SLIPWAY_KAFKA_ABORTED',
      ]);
    });
  });

  /** What the last record of `events` says beside its data. */
  function published(): { headers: Record<string, unknown>; metadata: unknown } {
    const record = cluster.records('events').at(-1);
    const { metadata } = JSON.parse(String(record?.value)) as { metadata: unknown };
    return { headers: { ...record?.headers }, metadata };
  }

  describe('the trace', () => {
    it('of the metadata is in the headers', async () => {
      const metadata = { traceparent, tracestate: 'a=b', tenant: 'x' };
      await withLogContext({ traceId: 'f'.repeat(32), spanId: '1'.repeat(16) }, () =>
        bus.publish('events', { ...numbered(1), metadata }),
      );
      expect(published().headers).to.include({ traceparent, tracestate: 'a=b' });
      expect(published().metadata).to.deep.equal(metadata);
    });

    it('of the log context is in headers and metadata', async () => {
      const envelope = { ...numbered(1), metadata: { tenant: 'x' } };
      await withLogContext({ traceId, spanId: '00f067aa0ba902b7' }, () => bus.publish('events', envelope));
      expect(published().headers).to.include({ traceparent });
      expect(published().metadata).to.deep.equal({ tenant: 'x', traceparent });
      expect(envelope.metadata).to.deep.equal({ tenant: 'x' });

      const unsampled = traceparent.replace(/01$/, '00');
      await withLogContext({ traceparent: unsampled }, () => bus.publish('events', numbered(1)));
      expect(published().headers).to.include({ traceparent: unsampled });
    });

    it("of the caller's headers replaces that of the metadata, with its state", async () => {
      const older = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'old=1' };
      const envelope = { ...numbered(1), metadata: older };
      await bus.publish('events', envelope, { headers: { traceparent } });
      expect(published().headers).to.include({ traceparent }).and.not.have.property('tracestate');
      expect(published().metadata).to.deep.equal({ traceparent });
      await bus.publish('events', envelope, { headers: { traceparent, tracestate: 'a=b' } });
      expect(published().metadata).to.deep.equal({ traceparent, tracestate: 'a=b' });
    });

    it('is not made up, and what is no traceparent is no header', async () => {
      await withLogContext({ traceId: 'abc', spanId: 'def' }, () => bus.publish('events', numbered(1)));
      expect(published().headers).to.not.have.property('traceparent');
      expect(published().metadata).to.equal(null);
      const zero = { traceparent: `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01` };
      await bus.publish('events', { ...numbered(1), metadata: zero });
      expect(published().headers).to.not.have.property('traceparent');
      expect(published().metadata).to.deep.equal(zero);
    });
  });
});
