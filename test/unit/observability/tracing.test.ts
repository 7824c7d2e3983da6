import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import {
  createEnvelope,
  currentLogContext,
  enableTracing,
  EventConsumer,
  KafkaBus,
  MemoryDriver,
  MemoryKafka,
  RedisClient,
  withLogContext,
} from '../../../src/index.js';
import { telemetry } from '../../../src/observability/telemetry.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const envelope = (type = 'HANDED_IN', metadata?: Readonly<Record<string, unknown>>) =>
  createEnvelope(type, { n: 1 }, { sourceService: 'desk', ...(metadata && { metadata }) });

const idsOf = (span: ReadableSpan | undefined): string | undefined =>
  span && `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`;

/** Has `handler` handle what `publish` publishes. */
async function handle(
  kafka: MemoryKafka,
  handler: () => Promise<void>,
  publish: () => Promise<unknown>,
): Promise<void> {
  let end: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  await using consumer = new EventConsumer({
    groupId: 'readers',
    clientId: 'reader',
    driver: new MemoryDriver(kafka),
    autoOffsetReset: 'earliest',
    attempts: 2,
    backoff: { minMs: 1, maxMs: 1 },
  });
  consumer.subscribe('essays', async () => {
    try {
      await handler();
    } finally {
      end?.();
    }
  });
  // What the consumer was started in has nothing to do with its messages.
  const starting = trace.getTracer('test').startSpan('start');
  await context.with(trace.setSpan(context.active(), starting), () => consumer.start());
  starting.end();
  await publish();
  await ended;
}

describe('enableTracing', () => {
  let exporter: InMemorySpanExporter;
  let provider: BasicTracerProvider;
  let kafka: MemoryKafka;
  let bus: KafkaBus;

  before(() => enableTracing());

  beforeEach(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    exporter = new InMemorySpanExporter();
    provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    trace.setGlobalTracerProvider(provider);
    kafka = new MemoryKafka();
    bus = new KafkaBus({ clientId: 'desk', driver: new MemoryDriver(kafka) });
    await bus.start();
  });

  afterEach(async () => {
    await bus.stop();
    await provider.shutdown();
    for (const api of [trace, context, propagation]) api.disable();
  });

  /** The spans that have ended, by name. */
  const spans = (): Readonly<Record<string, ReadableSpan>> =>
    Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));

  const storedTrace = (topic: string): string | undefined =>
    kafka.records(topic)[0]?.headers['traceparent']?.toString();

  describe('publish', () => {
    it('is a producer span of the active one, which the message carries on', async () => {
      const active = provider.getTracer('test').startSpan('request');
      const event = envelope();
      const { partition, offset } = await context.with(trace.setSpan(context.active(), active), () =>
        bus.publish('essays', event, { key: 'secret-key' }),
      );
      active.end();
      const span = spans()['send essays'];
      expect(span?.kind).to.equal(SpanKind.PRODUCER);
      expect(span?.parentSpanContext?.spanId).to.equal(active.spanContext().spanId);
      expect(span?.attributes).to.deep.equal({
        'messaging.system': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'essays',
        'messaging.destination.partition.id': String(partition),
        'messaging.kafka.offset': offset,
        'messaging.client.id': 'desk',
        'messaging.message.id': event.eventId,
        'messaging.message.conversation_id': event.correlationId,
      });
      expect(storedTrace('essays')).to.equal(idsOf(span));
      const value = JSON.parse(String(kafka.records('essays')[0]?.value)) as {
        metadata: Record<string, unknown>;
      };
      expect(value.metadata['traceparent']).to.equal(idsOf(span));
    });

    it('stays in the trace that the message brings, also from another', async () => {
      const active = provider.getTracer('test').startSpan('request');
      await context.with(trace.setSpan(context.active(), active), async () => {
        await bus.publish('a', envelope(), { headers: { traceparent, tracestate: 'vendor=1' } });
        await bus.publish('b', envelope('X', { traceparent }));
      });
      active.end();
      for (const topic of ['a', 'b']) {
        const span = spans()[`send ${topic}`];
        expect(span?.spanContext().traceId).to.equal(traceId);
        expect(span?.parentSpanContext?.spanId).to.equal('b7ad6b7169203331');
        expect(storedTrace(topic)).to.equal(idsOf(span));
      }
      expect(kafka.records('a')[0]?.headers['tracestate']?.toString()).to.equal('vendor=1');
    });

    it('takes the trace of the log context where no span is active', async () => {
      await withLogContext({ traceparent }, () => bus.publish('a', envelope()));
      expect(spans()['send a']?.spanContext().traceId).to.equal(traceId);
    });

    it('tells its failure by code, and nothing of the key', async () => {
      await bus.publish('no topic!', envelope(), { key: 'secret-key' }).catch(() => undefined);
      const span = spans()['send no topic!'];
      expect(span?.status.code).to.equal(SpanStatusCode.ERROR);
      expect(span?.attributes['error.type']).to.equal('SLIPWAY_KAFKA_REJECTED');
      expect(JSON.stringify([span?.attributes, span?.status])).to.not.contain('secret-key');
    });
  });

  describe('handle', () => {
    it('is a consumer span of the message, and all that the handler does is part of it', async () => {
      let logged: Readonly<Record<string, unknown>> = {};
      await handle(
        kafka,
        async () => {
          logged = currentLogContext();
          await bus.publish('graded', envelope());
        },
        () => bus.publish('essays', envelope()),
      );
      const { 'send essays': sent, 'process essays': processed, 'send graded': graded } = spans();
      expect(processed?.kind).to.equal(SpanKind.CONSUMER);
      expect(processed?.parentSpanContext?.spanId).to.equal(sent?.spanContext().spanId);
      expect(processed?.parentSpanContext?.isRemote).to.equal(true);
      expect(processed?.attributes['messaging.consumer.group.name']).to.equal('readers');
      expect(processed?.attributes['messaging.operation.type']).to.equal('process');
      expect(graded?.parentSpanContext?.spanId).to.equal(processed?.spanContext().spanId);
      expect(graded?.spanContext().traceId).to.equal(sent?.spanContext().traceId);
      expect(logged['traceId']).to.equal(processed?.spanContext().traceId);
      expect(logged['spanId']).to.equal(processed?.spanContext().spanId);
    });

    it('is a span of its own for each attempt', async () => {
      let attempts = 0;
      await handle(
        kafka,
        async () => {
          attempts += 1;
          if (attempts === 1) throw new TypeError('no');
        },
        () => bus.publish('essays', envelope()),
      );
      await Promise.resolve();
      const failed = exporter
        .getFinishedSpans()
        .find(({ name, status }) => name === 'process essays' && status.code === SpanStatusCode.ERROR);
      expect(failed?.attributes['error.type']).to.equal('TypeError');
    });
  });

  it('makes a client span of a Redis command, without its keys', async () => {
    await using redis = new RedisClient({ clientId: 'desk-redis', url: 'memory://' });
    await redis.start();
    const active = provider.getTracer('test').startSpan('request');
    await context.with(trace.setSpan(context.active(), active), async () => {
      await redis.get('secret-key');
      await redis.transaction(['secret-key'], (tx) => tx.multi().setex('secret-key', 1, 'v'));
    });
    active.end();
    const { GET: get, MULTI: multi } = spans();
    expect(get?.kind).to.equal(SpanKind.CLIENT);
    expect(get?.parentSpanContext?.spanId).to.equal(active.spanContext().spanId);
    expect(multi?.parentSpanContext?.spanId).to.equal(active.spanContext().spanId);
    expect(get?.attributes).to.deep.equal({
      'db.system.name': 'redis',
      'db.operation.name': 'GET',
      'db.namespace': '0',
    });
  });

  it('looks at nothing while no provider is registered, and at one that comes later', async () => {
    trace.disable();
    expect(telemetry.isObserved).to.equal(false);
    await bus.publish('a', envelope());
    expect(storedTrace('a')).to.equal(undefined);
    trace.setGlobalTracerProvider(provider);
    await bus.publish('b', envelope());
    expect(Object.keys(spans())).to.deep.equal(['send b']);
  });

  it('is done once, however often it is called', async () => {
    await Promise.all([enableTracing(), enableTracing()]);
    await bus.publish('a', envelope());
    expect(exporter.getFinishedSpans()).to.have.length(1);
  });
});
