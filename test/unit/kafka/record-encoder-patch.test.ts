import { createRequire } from 'node:module';
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeRecord, type RecordFields } from '../../../src/kafka/drivers/kafkajs/encode-record.js';
import { patchRecordEncoder } from '../../../src/kafka/drivers/kafkajs/record-encoder-patch.js';
import { KafkaBus } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import { projectRoot } from '../../support/project-root.js';
import { run } from '../../support/run.js';

/** kafkajs's own, which the patch leaves to all messages but ours. */
const original = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0') as (
  fields: RecordFields,
) => { readonly buffer: Buffer };

const bytes = fc.uint8Array({ maxLength: 300 }).map((content) => Buffer.from(content));
const content = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), bytes);
const delta = fc.oneof(fc.nat(200), fc.nat(2 ** 29));

const fields: fc.Arbitrary<RecordFields> = fc.record({
  key: fc.option(bytes),
  value: fc.oneof(
    bytes,
    fc.nat(20_000).map((length) => Buffer.alloc(length, 'v')),
  ),
  headers: fc.dictionary(fc.string({ unit: 'binary' }), content, { maxKeys: 70 }),
  offsetDelta: delta,
  timestampDelta: delta,
});

describe('encodeRecord', () => {
  it('makes the bytes that kafkajs makes, whatever the record', () => {
    fc.assert(
      fc.property(fields, (record) => {
        expect(encodeRecord(record).equals(original(record).buffer)).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('patchRecordEncoder', () => {
  it('touches no other version than the one it was made for', () => {
    expect(patchRecordEncoder('2.2.5')).to.equal(false);
  });

  it('fits the installed kafkajs, and is made once', async () => {
    // In a process of its own: here kafkajs may have sent messages before.
    const script = `
      import { patchRecordEncoder } from './build/src/kafka/drivers/kafkajs/record-encoder-patch.js';
      console.log(patchRecordEncoder(), patchRecordEncoder());
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectRoot,
    });
    expect(stdout).to.equal('true true\n');
  });

  it('leaves what a broker reads as it is', async () => {
    await using double = await KafkaWireDouble.start({ topics: { events: 1 } });
    await using bus = new KafkaBus({ clientId: 'encoder', bootstrapServers: double.bootstrapServers });
    await bus.start();
    await Promise.all([1, 2, 3].map((number) => bus.publish('events', numbered(number), { key: 'clé' })));
    expect(double.records('events').map(({ key }) => String(key))).to.deep.equal(['clé', 'clé', 'clé']);
  });
});
