import { createRequire } from 'node:module';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CompressionTypes } from 'kafkajs';
import { encodeProduce, type ProduceRequest } from '../../../src/kafka/drivers/kafkajs/encode-produce.js';
import { patchProduceRequest } from '../../../src/kafka/drivers/kafkajs/produce-request-patch.js';
import { KafkaBus } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import { projectRoot } from '../../support/project-root.js';
import { run } from '../../support/run.js';

const require = createRequire(import.meta.url);
/** kafkajs's own, to which the patch leaves all requests but ours. */
const original = require('kafkajs/src/protocol/requests/produce/v3/request') as (request: ProduceRequest) => {
  encode: () => Promise<{ readonly buffer: Buffer }>;
};
const checksum = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

const bytes = fc.uint8Array({ maxLength: 300 }).map((content) => Buffer.from(content));
const content = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), bytes);
const now = 1_753_030_040_418;

const message = fc.record({
  key: fc.option(bytes),
  value: fc.oneof(
    bytes,
    fc.nat(20_000).map((length) => Buffer.alloc(length, 'v')),
  ),
  headers: fc.dictionary(fc.string({ unit: 'binary' }), content, { maxKeys: 70 }),
  timestamp: fc.oneof(fc.nat(200), fc.nat(2 ** 29)).map((delta) => String(now + delta)),
});

const partition = fc.record({
  partition: fc.nat(5_000),
  firstSequence: fc.nat(2 ** 31 - 1),
  messages: fc.oneof(
    fc.array(message, { minLength: 1, maxLength: 3 }),
    // Offsets of two bytes.
    fc
      .tuple(message, fc.integer({ min: 1, max: 300 }))
      .map(([one, count]) => Array.from({ length: count }, () => one)),
  ),
});

const request: fc.Arbitrary<ProduceRequest> = fc.record({
  transactionalId: fc.option(fc.string({ unit: 'binary', minLength: 1 })),
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat(2 ** 31 - 1),
  compression: fc.constantFrom(CompressionTypes.None, CompressionTypes.GZIP),
  producerId: fc.oneof(fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)),
  producerEpoch: fc.nat(2 ** 15 - 1),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ unit: 'binary', minLength: 1 }),
      partitions: fc.array(partition, { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

describe('encodeProduce', () => {
  it('makes the bytes that kafkajs makes, whatever the request', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (each) => {
        const { buffer } = await original(each).encode();
        expect((await encodeProduce(each, checksum)).equals(buffer)).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('patchProduceRequest', () => {
  it('touches no other version than the one it was made for', () => {
    expect(patchProduceRequest('2.2.5')).to.equal(false);
  });

  it('fits the installed kafkajs, and is made once', async () => {
    // In a process of its own: here kafkajs may have sent messages before.
    const script = `
      import { patchProduceRequest } from './build/src/kafka/drivers/kafkajs/produce-request-patch.js';
      console.log(patchProduceRequest(), patchProduceRequest());
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectRoot,
    });
    expect(stdout).to.equal('true true\n');
  });

  it('is not made where kafkajs has sent messages before', async () => {
    const script = `
      import { Kafka, logLevel } from 'kafkajs';
      import { patchProduceRequest } from './build/src/kafka/drivers/kafkajs/produce-request-patch.js';
      import { KafkaWireDouble } from './build/test/support/kafka/kafka-wire-double.js';
      const double = await KafkaWireDouble.start({ topics: { events: 1 } });
      const brokers = [double.bootstrapServers];
      const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      await producer.send({ topic: 'events', messages: [{ value: 'v' }] });
      await producer.disconnect();
      console.log(patchProduceRequest());
      await double[Symbol.asyncDispose]();
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectRoot,
    });
    expect(stdout).to.equal('false\n');
  });

  it('leaves what a broker reads as it is, by kafkajs first and then on its line', async () => {
    await using double = await KafkaWireDouble.start({ topics: { events: 1 } });
    await using bus = new KafkaBus({ clientId: 'encoder', bootstrapServers: double.bootstrapServers });
    await bus.start();
    await Promise.all([1, 2, 3].map((number) => bus.publish('events', numbered(number), { key: 'clé' })));
    expect(double.records('events').map(({ key }) => String(key))).to.deep.equal(['clé', 'clé', 'clé']);
  });
});
