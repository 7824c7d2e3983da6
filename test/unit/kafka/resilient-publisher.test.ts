import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  Application,
  type ErrorCode,
  infrastructure,
  isKafkaTrouble,
  KafkaPublisherProtocol,
  loadSettings,
  LoggerFactory,
  type PublishResult,
  Provider,
  PublishBatchError,
  PublishError,
  type ResilientPublisher,
  resilientPublisher,
} from '../../../src/index.js';
import { Deferred } from '../../support/container/deferred.js';
import { numbered } from '../../support/kafka/census.js';
import { failureOf } from '../../support/kafka/outcomes.js';
import { memoryLogger } from '../../support/memory-log.js';

const result: PublishResult = { topic: 'events', partition: 0, offset: '0' };

function failure(code: ErrorCode, cause?: unknown): PublishError {
  return new PublishError(code, { message: 'Kafka is away.', outcome: 'unknown', cause });
}

describe('resilientPublisher', () => {
  const { log, factory } = memoryLogger();
  let clock: sinon.SinonFakeTimers;
  let publish: sinon.SinonStub<unknown[], Promise<PublishResult>>;
  let publishBatch: sinon.SinonStub<unknown[], Promise<readonly PublishResult[]>>;
  let publisher: ResilientPublisher;

  beforeEach(async () => {
    publish = sinon.stub<unknown[], Promise<PublishResult>>().resolves(result);
    publishBatch = sinon.stub<unknown[], Promise<readonly PublishResult[]>>().resolves([result]);
    const inner = { publish, publishEvent: publish, publishBatch };
    publisher = await resilientPublisher(inner, { failureThreshold: 3, recoveryTimeoutMs: 1_000 }, factory);
    clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
  });

  afterEach(() => clock.restore());

  const send = (): Promise<PublishResult> => publisher.publish('events', numbered(1));

  async function open(): Promise<void> {
    publish.rejects(failure('SLIPWAY_KAFKA_UNAVAILABLE'));
    for (let attempt = 0; attempt < 3; attempt += 1) await failureOf(send());
  }

  it('passes on calls, results and errors while the circuit is closed', async () => {
    const envelope = numbered(1);
    const options = { key: 'a' };
    expect(await publisher.publish('events', envelope, options)).to.equal(result);
    expect(publish.firstCall.args).to.deep.equal(['events', envelope, options]);
    expect(await publisher.publishEvent(envelope)).to.equal(result);
    expect(await publisher.publishBatch([{ envelope }])).to.deep.equal([result]);
    const error = failure('SLIPWAY_KAFKA_TIMEOUT');
    publish.rejects(error);
    expect(await failureOf(send())).to.equal(error);
    expect(publisher.getState()).to.deep.equal({ state: 'closed', failures: 1, refused: 0 });
  });

  it('refuses once enough publishes in a row have failed, in words and at once', async () => {
    await open();
    const error = await failureOf(send());
    expect(error).to.be.instanceOf(PublishError).and.include({
      code: 'SLIPWAY_KAFKA_CIRCUIT_OPEN',
      retryable: true,
      outcome: 'not-written',
    });
    expect(error.message).to.contain('Kafka is away.').and.contain('1000 ms');
    expect(publish.callCount).to.equal(3);
    expect(publisher.getState()).to.deep.include({ state: 'open', failures: 3, refused: 1 });
    expect(publisher.getState().openedAt).to.deep.equal(new Date());
    expect(log.text).to.contain('circuit opened');
  });

  it('refuses each item of a batch', async () => {
    await open();
    const envelope = numbered(1);
    const error = await failureOf(publisher.publishBatch([{ envelope }, { envelope }]));
    if (!PublishBatchError.is(error)) throw error;
    expect(error.results.map((each) => PublishError.is(each) && each.code)).to.deep.equal([
      'SLIPWAY_KAFKA_CIRCUIT_OPEN',
      'SLIPWAY_KAFKA_CIRCUIT_OPEN',
    ]);
    expect(publishBatch.callCount).to.equal(0);
  });

  it('does not open where a publish succeeds in between', async () => {
    for (const fails of [true, true, false, true, true]) {
      if (fails) publish.rejects(failure('SLIPWAY_KAFKA_UNAVAILABLE'));
      else publish.resolves(result);
      await send().catch(() => undefined);
    }
    expect(publisher.getState()).to.deep.include({ state: 'closed', failures: 2 });
  });

  it('lets one through when the time is over, refuses the others meanwhile, and closes with its success', async () => {
    await open();
    clock.tick(1_000);
    const answer = new Deferred<PublishResult>();
    publish.returns(answer.promise);
    const first = send();
    expect(publisher.getState()).to.include({ state: 'half-open' });
    expect(await failureOf(send())).to.include({ code: 'SLIPWAY_KAFKA_CIRCUIT_OPEN' });
    answer.resolve(result);
    expect(await first).to.equal(result);
    expect(publish.callCount).to.equal(4);
    expect(publisher.getState()).to.deep.equal({ state: 'closed', failures: 0, refused: 1 });
    expect(log.text).to.contain('half-open').and.contain('circuit closed');
  });

  it('opens again for the whole time where that one fails, also by an error that says nothing of Kafka', async () => {
    for (const code of ['SLIPWAY_KAFKA_TIMEOUT', 'SLIPWAY_EVENT_INVALID'] as const) {
      await open();
      clock.tick(1_000);
      publish.rejects(failure(code));
      expect(await failureOf(send())).to.include({ code });
      expect(publisher.getState()).to.include({ state: 'open' });
      clock.tick(999);
      expect(await failureOf(send())).to.include({ code: 'SLIPWAY_KAFKA_CIRCUIT_OPEN' });
      clock.tick(1);
      publish.resolves(result);
      await send();
    }
  });

  it('closes where that one is refused by the broker, which answers', async () => {
    await open();
    clock.tick(1_000);
    publish.rejects(failure('SLIPWAY_KAFKA_AUTH'));
    expect(await failureOf(send())).to.include({ code: 'SLIPWAY_KAFKA_AUTH' });
    expect(publisher.getState()).to.include({ state: 'closed' });
  });

  it('counts what tells that Kafka is in trouble, and not what the message or the caller did', () => {
    const late = new DOMException('late', 'TimeoutError');
    for (const [error, counts] of [
      [failure('SLIPWAY_KAFKA_UNAVAILABLE'), true],
      [failure('SLIPWAY_KAFKA_TIMEOUT'), true],
      [failure('SLIPWAY_KAFKA_BUFFER_FULL'), true],
      [failure('SLIPWAY_KAFKA_ABORTED', late), true],
      [failure('SLIPWAY_KAFKA_ABORTED', new DOMException('gone', 'AbortError')), false],
      [failure('SLIPWAY_EVENT_INVALID'), false],
      [failure('SLIPWAY_KAFKA_TOO_LARGE'), false],
      [failure('SLIPWAY_KAFKA_REJECTED'), false],
      [new PublishBatchError([result, failure('SLIPWAY_KAFKA_TIMEOUT')]), true],
      [new PublishBatchError([result, failure('SLIPWAY_EVENT_INVALID')]), false],
      [new Error('SLIPWAY_KAFKA_TIMEOUT'), false],
    ] as const) {
      expect(isKafkaTrouble(error), String(error)).to.equal(counts);
    }
  });

  it('decorates the publisher of infrastructure', async () => {
    const settings = loadSettings({ SERVICE_NAME: 'desk', KAFKA_BOOTSTRAP_SERVERS: 'memory://' });
    const resilience = new Provider('resilience').decorate(KafkaPublisherProtocol, {
      inject: [LoggerFactory],
      create: (inner, logger) => resilientPublisher(inner, {}, logger),
    });
    const app = new Application([infrastructure(settings), resilience], {
      overrides: [[LoggerFactory, factory]],
    });
    await app.start();
    const kafka = (await app.get(KafkaPublisherProtocol)) as ResilientPublisher;
    expect(await kafka.publish('events', numbered(1))).to.include({ topic: 'events' });
    expect(kafka.getState()).to.include({ state: 'closed' });
    await app.stop();
  });
});
