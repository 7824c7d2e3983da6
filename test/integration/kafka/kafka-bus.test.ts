import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { encodeEnvelope, KafkaBus, parseEnvelope } from '../../../src/index.js';
import { numbered, takeCensus } from '../../support/kafka/census.js';
import { FaultProxy } from '../../support/kafka/fault-proxy.js';
import { publishFailureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';
import { readTopic } from '../../support/kafka/read-topic.js';
import { kafkaBootstrapServers } from '../../support/servers/addresses.js';
import { type RunningKafka, startKafka } from '../../support/servers/kafka-server.js';

const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe('KafkaBus on Apache Kafka', function () {
  this.timeout(60_000);

  it('publishes what an independent consumer reads: bytes, key and headers', async () => {
    const topic = `bus-${randomUUID()}`;
    const brokers = kafkaBootstrapServers();
    const envelope = { ...numbered(1), data: { title: 'Åska', score: 0.5 }, metadata: { traceparent: 't' } };
    await using bus = new KafkaBus({ clientId: 'integration', bootstrapServers: brokers });
    await bus.start();

    const result = await bus.publish(topic, envelope, { key: 'essay-1', headers: { tenant: 'x' } });

    const [record] = await readTopic([brokers], topic, 1);
    expect(record).to.include({ partition: result.partition, offset: result.offset, key: 'essay-1' });
    expect(record?.value).to.equal(Buffer.from(encodeEnvelope(envelope)).toString());
    expect(parseEnvelope(Buffer.from(record?.value ?? ''))).to.deep.equal({
      ...envelope,
      generated: [],
    });
    expect(record?.headers).to.include({
      event_id: envelope.eventId,
      event_type: 'test.numbered',
      correlation_id: envelope.correlationId,
      trace_id: envelope.correlationId,
      schema_version: '1',
      content_type: 'application/json',
      source_service: 'census',
      tenant: 'x',
    });
  });

  it('measures a message before it is packed', async () => {
    const brokers = kafkaBootstrapServers();
    await using bus = new KafkaBus({
      clientId: 'integration',
      bootstrapServers: brokers,
      compression: 'gzip',
    });
    await bus.start();
    const large = { ...numbered(4), data: 'x'.repeat(1_000_000) };
    expect(await publishFailureOf(bus.publish('bus-too-large', large))).to.deep.equal({
      code: 'SLIPWAY_KAFKA_TOO_LARGE',
      outcome: 'not-written',
    });
  });

  describe('with a broker of its own', () => {
    let server: RunningKafka;
    let proxy: FaultProxy;
    let bus: KafkaBus;
    let numbers: number[];

    before(async () => {
      let brokerPort = 0;
      proxy = await FaultProxy.start(() => brokerPort);
      server = await startKafka({
        properties: {
          'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}`,
          'num.partitions': '4',
        },
      });
      brokerPort = server.port;
    });

    after(async () => {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    beforeEach(async () => {
      numbers = [];
      bus = new KafkaBus({ clientId: 'faults', bootstrapServers: `127.0.0.1:${proxy.port}` });
      await bus.start();
    });

    afterEach(async () => {
      proxy.losesAck = () => false;
      await bus.stop();
    });

    /** Publishes until told to stop, 50 callers at a time, noting what is acknowledged. */
    function publishOn(topic: string): { stop(): Promise<void>; readonly acknowledged: number[] } {
      const ended = new AbortController();
      let next = 0;
      const callers = Array.from({ length: 50 }, async (_, caller) => {
        while (!ended.signal.aborted) {
          const number = next++;
          await bus.publish(topic, numbered(number), { key: keys[caller % keys.length] ?? '' });
          numbers.push(number);
        }
      });
      return {
        acknowledged: numbers,
        stop: async () => {
          ended.abort();
          await Promise.all(callers);
        },
      };
    }

    async function census(topic: string): Promise<ReturnType<typeof takeCensus>> {
      return takeCensus(numbers, await readTopic([`127.0.0.1:${proxy.port}`], topic, numbers.length));
    }

    it('packs batches with gzip, which an independent consumer unpacks', async () => {
      const sent = [1, 2, 3].map((number) => ({ ...numbered(number), data: 'x'.repeat(200_000) }));
      const producedBytes = async (compression: 'none' | 'gzip', topic: string): Promise<number> => {
        const before = proxy.producedBytes;
        const address = `127.0.0.1:${proxy.port}`;
        await using packing = new KafkaBus({ clientId: 'gzip', bootstrapServers: address, compression });
        await packing.start();
        await Promise.all(sent.map((envelope) => packing.publish(topic, envelope, { key: 'a' })));
        return proxy.producedBytes - before;
      };
      const topic = `gzip-${randomUUID()}`;
      expect(await producedBytes('none', `plain-${topic}`)).to.be.greaterThan(600_000);
      expect(await producedBytes('gzip', topic)).to.be.within(100, 10_000);
      const records = await readTopic([`127.0.0.1:${proxy.port}`], topic, 3);
      expect(records.map(({ value }) => value)).to.deep.equal(
        sent.map((envelope) => Buffer.from(encodeEnvelope(envelope)).toString()),
      );
    });

    it('recovers by itself from kill -9 and restart, and loses and duplicates nothing', async () => {
      const topic = `killed-${randomUUID()}`;
      const flow = publishOn(topic);
      await until(() => numbers.length > 500, 'messages flow', 30_000);
      await server.kill();
      await until(() => bus.status.state === 'unavailable', 'the bus knows');
      await server.restart();
      const before = numbers.length;
      await until(() => numbers.length > before + 500, 'messages flow again', 30_000);
      await flow.stop();
      const result = await census(topic);
      expect(result).to.include({ lost: 0, duplicated: 0, inversions: 0, stored: result.acknowledged });
      await until(() => bus.status.state === 'ready', 'the bus knows that Kafka is back', 10_000);
    });
  });
});
