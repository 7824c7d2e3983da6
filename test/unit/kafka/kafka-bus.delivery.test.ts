import { expect } from 'chai';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { failureOf, publishFailureOf, until } from '../../support/kafka/outcomes.js';
import { scene } from '../../support/kafka/scene.js';
import { kafkaErrors } from '../../support/kafka/wire-log.js';

/** Keys of both partitions of a topic of two. */
const keys = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('KafkaBus delivery', () => {
  it('sends what gathers while a request is under way in the next one, one at a time', async () => {
    await using on = await scene({});
    const { bus, double } = on;
    await bus.publish('events', numbered(0), { key: 'a' });
    const before = double.produceRequests;
    await Promise.all(
      Array.from({ length: 2_000 }, (_, index) => bus.publish('events', numbered(index + 1), { key: 'a' })),
    );
    expect(double.produceRequests - before).to.equal(2);
  });

  it('keeps a batch under maxBatchBytes', async () => {
    await using on = await scene({ maxBatchBytes: 20_000 }, { maxBatchBytes: 20_000 });
    const { bus, double } = on;
    const large = Array.from({ length: 50 }, (_, index) => ({ ...numbered(index), data: 'x'.repeat(3_000) }));
    await Promise.all(large.map((envelope) => bus.publish('events', envelope, { key: 'a' })));
    expect(double.records('events')).to.have.length(50);
    expect(bus.stats().retries).to.equal(0);
  });

  it('loses only the message that the broker calls too large, not its neighbours', async () => {
    await using on = await scene({ maxBatchBytes: 5_000 });
    const { bus, double } = on;
    const calls = keys.flatMap((key, caller) =>
      Array.from({ length: 5 }, (_, index) => bus.publish('events', numbered(caller * 5 + index), { key })),
    );
    const large = bus.publish('events', { ...numbered(99), data: 'x'.repeat(6_000) }, { key: 'a' });
    expect(await publishFailureOf(large)).to.deep.equal({
      code: 'SLIPWAY_KAFKA_TOO_LARGE',
      outcome: 'not-written',
    });
    await Promise.all(calls);
    expect(takeCensus(Array.from({ length: 30 }).keys(), double.records('events'))).to.deep.equal({
      acknowledged: 30,
      stored: 30,
      lost: 0,
      duplicated: 0,
      inversions: 0,
    });
    expect(double.violations).to.deep.equal([]);
  });

  it('reports a refusal as not written, whatever other partitions got', async () => {
    const refused = kafkaErrors.topicAuthorizationFailed;
    await using on = await scene({
      fault: ({ partitions }) => (partitions.includes(1) ? refused : undefined),
    });
    const { bus } = on;
    const results = await Promise.allSettled(keys.map((key) => bus.publish('events', numbered(1), { key })));
    const failures = results.filter((result) => result.status === 'rejected');
    expect(results.length - failures.length).to.be.greaterThan(0);
    expect(failures.length).to.be.greaterThan(0);
    for (const { reason } of failures) {
      expect(reason).to.include({ code: 'SLIPWAY_KAFKA_AUTH', outcome: 'not-written', retryable: false });
    }
  });

  it('fails for a topic that does not exist, without a retired producer', async () => {
    await using on = await scene({});
    const { bus } = on;
    expect(await publishFailureOf(bus.publish('absent', numbered(1)))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_UNKNOWN_TOPIC',
      outcome: 'not-written',
    });
    expect(bus.stats().retiredProducers).to.equal(0);
    await bus.publish('events', numbered(2));
  });

  it('creates a topic by its first use where the broker allows it', async () => {
    await using on = await scene({ autoCreatePartitions: 3 });
    const { bus } = on;
    expect(await bus.publish('fresh', numbered(1))).to.include({ topic: 'fresh', offset: '0' });
  });

  it('resends only what was not acknowledged after a leader has moved', async () => {
    await using on = await scene({ brokers: 2, topics: { events: 2 } });
    const { bus, double } = on;
    await Promise.all(keys.map((key) => bus.publish('events', numbered(0), { key })));
    double.moveLeader('events', 0, 2);
    const numbers = [1, 2, 3, 4, 5, 6];
    await Promise.all(
      numbers.map((number, index) => bus.publish('events', numbered(number), { key: keys[index] ?? '' })),
    );
    const stored = double.records('events').filter(({ offset }) => offset >= 0);
    expect(stored).to.have.length(keys.length + numbers.length);
  });

  it('uses partitions that were added, once it has asked for metadata anew', async () => {
    await using on = await scene({ topics: { events: 1 } });
    const { bus, double } = on;
    await bus.publish('events', numbered(0));
    double.addPartition('events');
    // The line hears it first, then kafkajs, which asks.
    double.fault = ({ count }) => (count === 2 || count === 3 ? kafkaErrors.notLeader : undefined);
    await bus.publish('events', numbered(1));
    const partitions = new Set<number>();
    for (let number = 2; number < 6; number += 1) {
      partitions.add((await bus.publish('events', numbered(number))).partition);
    }
    expect(partitions).to.include(1);
  });

  describe('the delivery timeout', () => {
    it('says not written while Kafka is gone', async () => {
      await using on = await scene({}, { deliveryTimeoutMs: 1_000 });
      const { bus, double } = on;
      await double.refuse();
      const begin = performance.now();
      const failure = await publishFailureOf(bus.publish('events', numbered(1)));
      expect(performance.now() - begin).to.be.lessThan(5_000);
      expect(failure).to.deep.equal({ code: 'SLIPWAY_KAFKA_UNAVAILABLE', outcome: 'not-written' });
      await double.listen();
      await bus.publish('events', numbered(2));
      expect(double.records('events')).to.have.length(1);
    });

    it('says unknown for what was sent, retires the producer, and goes on', async () => {
      await using on = await scene({}, { deliveryTimeoutMs: 150 });
      const { bus, double } = on;
      await bus.publish('events', numbered(0), { key: 'a' });
      const ids = double.producerIds;
      double.fault = () => 'swallow-ack';
      const failure = await publishFailureOf(bus.publish('events', numbered(1), { key: 'a' }));
      double.fault = () => undefined;
      expect(failure).to.deep.equal({ code: 'SLIPWAY_KAFKA_TIMEOUT', outcome: 'unknown' });
      await bus.publish('events', numbered(2), { key: 'a' });
      expect(double.producerIds).to.equal(ids + 1);
      expect(bus.stats().retiredProducers).to.equal(1);
      expect(takeCensus([0, 1, 2], double.records('events'))).to.include({
        lost: 0,
        duplicated: 0,
        inversions: 0,
      });
    });

    it('says not written for what queued behind a stalled request', async () => {
      await using on = await scene({}, { deliveryTimeoutMs: 200 });
      const { bus, double } = on;
      await bus.publish('events', numbered(0), { key: 'a' });
      const requests = double.produceRequests;
      double.fault = () => 'swallow-ack';
      const sent = publishFailureOf(bus.publish('events', numbered(1), { key: 'a' }));
      await until(() => double.produceRequests > requests, 'the request has arrived');
      const queued = publishFailureOf(bus.publish('events', numbered(2), { key: 'a' }));
      double.stall();
      expect((await sent).outcome).to.equal('unknown');
      expect((await queued).outcome).to.equal('not-written');
      double.fault = () => undefined;
      double.resume();
      await bus.publish('events', numbered(3), { key: 'a' });
      expect(
        double
          .records('events')
          .map(({ value }) => (JSON.parse(value) as { data: { number: number } }).data.number),
      ).to.deep.equal([0, 1, 3]);
    });
  });

  it('says unknown at once for a sent message whose signal aborts', async () => {
    await using on = await scene({});
    const { bus, double } = on;
    await bus.publish('events', numbered(0));
    double.fault = () => 'swallow-ack';
    const requests = double.produceRequests;
    const abort = new AbortController();
    const call = publishFailureOf(bus.publish('events', numbered(1), { signal: abort.signal }));
    await until(() => double.produceRequests > requests, 'the request has arrived');
    abort.abort();
    expect(await call).to.deep.equal({ code: 'SLIPWAY_KAFKA_ABORTED', outcome: 'unknown' });
  });

  it('tells with an abort what went wrong last', async () => {
    await using on = await scene({});
    const { bus, double } = on;
    await bus.publish('events', numbered(0));
    double.fault = () => 'lose-ack';
    const abort = new AbortController();
    const call = failureOf(bus.publish('events', numbered(1), { signal: abort.signal }));
    await until(() => bus.status.state !== 'ready', 'an attempt has failed');
    abort.abort(new Error('enough'));
    const error = await call;
    expect(error.message).to.contain('aborted by its signal; the last attempt failed: ');
    expect(error.cause).to.have.property('message', 'enough');
  });

  it('repeats a request without an answer and stores it once', async () => {
    await using on = await scene({}, { requestTimeoutMs: 200 });
    const { bus, double } = on;
    double.fault = ({ count }) => (count === 1 ? 'swallow-ack' : undefined);
    await bus.publish('events', numbered(1));
    expect(double.records('events')).to.have.length(1);
    expect(double.duplicateBatches).to.equal(1);
  });

  it('reports a lost sequence as unknown and goes on with a new producer', async () => {
    await using on = await scene({});
    const { bus, double } = on;
    double.fault = ({ count }) => (count === 1 ? kafkaErrors.outOfOrderSequence : undefined);
    const ids = double.producerIds;
    expect(await publishFailureOf(bus.publish('events', numbered(1)))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_SEQUENCE',
      outcome: 'unknown',
    });
    await bus.publish('events', numbered(2));
    expect(double.producerIds).to.equal(ids + 2);
  });
});
