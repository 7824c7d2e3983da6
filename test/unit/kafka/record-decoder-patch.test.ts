import { createRequire } from 'node:module';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  collectingHeaders,
  patchRecordDecoder,
} from '../../../src/kafka/drivers/kafkajs/record-decoder-patch.js';
import { projectRoot } from '../../support/project-root.js';
import { run } from '../../support/run.js';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => never;
const Encoder = require('kafkajs/src/protocol/encoder') as new () => {
  readonly buffer: Buffer;
  writeInt8(value: number): void;
  writeVarInt(value: number): void;
  writeVarLong(value: number): void;
  writeVarIntBytes(value: Buffer | null): void;
  writeVarIntString(value: string): void;
};
/** Patched where another test has made a driver: both have to read the same then too. */
const installed = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as Parameters<
  typeof collectingHeaders
>[0];

type Header = readonly [name: string, value: Buffer | null];

/** Attributes, deltas, key, value, headers. */
function record(headers: readonly Header[]): Buffer {
  const encoder = new Encoder();
  encoder.writeInt8(0);
  encoder.writeVarLong(5);
  encoder.writeVarInt(7);
  encoder.writeVarIntBytes(Buffer.from('key'));
  encoder.writeVarIntBytes(Buffer.from('value'));
  encoder.writeVarInt(headers.length);
  for (const [name, value] of headers) {
    encoder.writeVarIntString(name);
    encoder.writeVarIntBytes(value);
  }
  return encoder.buffer;
}

const value = fc.option(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)));
const name = fc.oneof(fc.constantFrom('a', 'b', 'c', '1', 'å'), fc.string({ unit: 'binary', maxLength: 8 }));
const context = { firstOffset: '10', firstTimestamp: '1000' };

describe('collectingHeaders', () => {
  it('gives the record that kafkajs gives, also of headers that come several times', () => {
    const collecting = collectingHeaders(installed);
    // Names of Object.prototype kafkajs gets wrong.
    const names = name.filter((each) => !(each in {}));
    fc.assert(
      fc.property(fc.array(fc.tuple(names, value), { maxLength: 12 }), (headers) => {
        const bytes = record(headers);
        const ours = collecting(new Decoder(bytes), context);
        expect(ours).to.deep.equal(installed(new Decoder(bytes), context));
        expect(Object.keys(ours.headers).length).to.equal(new Set(headers.map(([each]) => each)).size);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps names that every object has', () => {
    const headers: readonly Header[] = [
      ['__proto__', Buffer.from('p')],
      ['constructor', Buffer.from('c')],
    ];
    const { headers: read } = collectingHeaders(installed)(new Decoder(record(headers)), context);
    expect(Object.entries(read).map(([each, content]) => [each, String(content)])).to.deep.equal([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
  });
});

describe('patchRecordDecoder', () => {
  it('touches no other version than the one it was made for', () => {
    expect(patchRecordDecoder('2.2.5')).to.equal(false);
  });

  it('fits the installed kafkajs, and is made once', async () => {
    // In a process of its own: here kafkajs may have received messages before.
    const script = `
      import { patchRecordDecoder } from './build/src/kafka/drivers/kafkajs/record-decoder-patch.js';
      console.log(patchRecordDecoder(), patchRecordDecoder());
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectRoot,
    });
    expect(stdout).to.equal('true true\n');
  });
});
