import { expect } from 'chai';
import { createEnvelope, encodeEnvelope, PermanentError, SlipwayError } from '../../../../src/index.js';
import { ConsumerScene, Counted, counted } from '../../../support/kafka/consuming.js';
import { until } from '../../../support/until.js';

describe('EventConsumer when handling fails', () => {
  let scene: ConsumerScene;

  beforeEach(async () => {
    scene = await ConsumerScene.begin();
  });

  afterEach(() => scene[Symbol.asyncDispose]());

  function deadLetters(topic = 'counted.DLQ'): { value: string; headers: Record<string, string> }[] {
    return scene.cluster.records(topic).map(({ value, headers }) => ({
      value: value.toString(),
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
    }));
  }

  async function publishRaw(topic: string, value: string, key: string | null = null): Promise<void> {
    const producer = scene.driver.createProducer();
    await producer.connect();
    await producer.partitionsOf(topic);
    const record = {
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
      headers: { tenant: 'x' },
      timestamp: 1_700_000_000_000,
    };
    await producer.produce(topic, new Map([[0, [record]]]), () => true);
    await producer.close();
  }

  it('does not count attempts that came too early: the event is handled elsewhere, or nobody can say', async () => {
    const attempts: number[] = [];
    const tooEarly = ['SLIPWAY_IDEMPOTENCY_IN_PROGRESS', 'SLIPWAY_IDEMPOTENCY_UNAVAILABLE'] as const;
    const consumer = scene.consumer({ attempts: 2 }).subscribe(Counted, (_event, { attempt }) => {
      attempts.push(attempt);
      const code = tooEarly[attempts.length % 2] ?? tooEarly[0];
      if (attempts.length <= 8) throw new SlipwayError(code, { message: 'Try again later.' });
      if (attempts.length === 9) throw new Error('a failure');
    });
    await consumer.start();
    await scene.publish(1);
    await until(() => scene.committed() === 1n, 'it is done');
    expect(attempts).to.deep.equal([1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
    expect(consumer.stats()).to.include({ handled: 1, deferred: 8, failedAttempts: 1, deadLetters: 0 });
  });

  for (const [what, thrown] of [
    ['a TypeError', new TypeError('x is not a function')],
    ['undefined', undefined],
    ['a text', 'no'],
  ] as const) {
    it(`puts a message whose handler throws ${what} into the dead letter topic, and goes on`, async () => {
      const handled: number[] = [];
      const consumer = scene.consumer({ attempts: 2 }).subscribe(Counted, ({ data }) => {
        // oxlint-disable-next-line typescript/only-throw-error
        if (data.number === 1) throw thrown;
        handled.push(data.number);
      });
      await consumer.start();
      await scene.publish(1, 2);
      await until(() => scene.committed() === 2n, 'both are done');
      expect(handled).to.deep.equal([2]);
      const [letter] = deadLetters();
      expect(letter?.headers).to.include({
        'dlq.reason': 'attempts-exhausted',
        'dlq.attempts': '2',
        'dlq.original_topic': 'counted',
        'dlq.original_partition': '0',
        'dlq.original_offset': '0',
        'dlq.service': 'desk',
        'dlq.group': 'desk',
      });
      expect(consumer.status.state).to.equal('ready');
    });
  }

  it('does not try again after a permanent error, and hides secrets in the reason', async () => {
    let calls = 0;
    const consumer = scene.consumer().subscribe(Counted, () => {
      calls += 1;
      throw new PermanentError('no such essay at redis://desk:hunter2@redis:6379');
    });
    await consumer.start();
    const envelope = counted(1);
    await scene.bus.publish('counted', envelope, { key: 'a', headers: { tenant: 'x' } });
    await until(() => scene.committed() === 1n, 'it is done');
    const [letter] = deadLetters();
    expect(calls).to.equal(1);
    expect(letter?.value).to.equal(Buffer.from(encodeEnvelope(envelope)).toString());
    expect(scene.cluster.records('counted.DLQ')[0]?.key?.toString()).to.equal('a');
    expect(letter?.headers).to.include({
      tenant: 'x',
      event_id: envelope.eventId,
      'dlq.reason': 'permanent-error',
      'dlq.error_code': 'SLIPWAY_KAFKA_PERMANENT',
      'dlq.attempts': '1',
    });
    expect(letter?.headers['dlq.error_message']).to.include('no such essay').and.not.include('hunter2');
  });

  it('puts what cannot be read into the dead letter topic at once, byte for byte', async () => {
    const consumer = scene
      .consumer({ deadLetterTopic: (topic) => `dead-${topic}` })
      .subscribe(Counted, () => undefined);
    await consumer.start();
    await publishRaw('counted', '{"broken', 'k');
    const { eventId, eventType, correlationId, eventTimestamp } = counted(1);
    const invalid = JSON.stringify({
      event_id: eventId,
      event_type: eventType,
      correlation_id: correlationId,
      event_timestamp: eventTimestamp,
      source_service: 'test',
      data: { number: 'one' },
    });
    await publishRaw('counted', invalid);
    await until(() => scene.committed() === 2n, 'both are done');
    const letters = deadLetters('dead-counted');
    expect(letters.map(({ value }) => value)).to.deep.equal(['{"broken', invalid]);
    expect(letters.map(({ headers }) => headers['dlq.reason'])).to.deep.equal(['undecodable', 'invalid']);
    expect(letters[0]?.headers).to.include({
      tenant: 'x',
      'dlq.error_code': 'SLIPWAY_EVENT_UNREADABLE',
      'dlq.attempts': '0',
      'dlq.original_timestamp': '2023-11-14T22:13:20.000Z',
    });
    expect(consumer.stats()).to.include({ deadLetters: 2, failedAttempts: 0 });
  });

  it('puts events of unknown types there too, if told so', async () => {
    const consumer = scene.consumer({ unknownEvents: 'dead-letter' }).subscribe(Counted, () => undefined);
    await consumer.start();
    await scene.bus.publish('counted', createEnvelope('other', {}, { sourceService: 'test' }));
    await until(() => scene.committed() === 1n, 'it is done');
    expect(deadLetters()[0]?.headers['dlq.reason']).to.equal('unknown-event');
  });
});
