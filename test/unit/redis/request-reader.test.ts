import { expect } from 'chai';
import * as fc from 'fast-check';
import { RequestReader } from '../../../src/redis/memory/request-reader.js';

function encode(request: readonly Uint8Array[]): Buffer {
  const parts = request.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(`*${request.length}\r\n`), ...parts]);
}

describe(RequestReader.name, () => {
  it('reads any requests, wherever their bytes are cut', () => {
    const request = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1 }),
        (requests, sizes) => {
          const reader = new RequestReader();
          let bytes = Buffer.concat(requests.map(encode));
          const read: (readonly Buffer[])[] = [];
          for (let cut = 0; bytes.length > 0; cut += 1) {
            const size = sizes[cut % sizes.length];
            read.push(...reader.read(bytes.subarray(0, size)));
            bytes = bytes.subarray(size);
          }
          expect(read).to.deep.equal(requests.map((words) => words.map((word) => Buffer.from(word))));
        },
      ),
    );
  });

  it('reads what a person types', () => {
    const words = new RequestReader().read(Buffer.from('  GET  key \r\n\r\nPING\n'));
    expect(words.map((request) => request.map(String))).to.deep.equal([['GET', 'key'], ['PING']]);
  });

  for (const [bytes, why] of [
    ['*x\r\n', 'invalid multibulk length'],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    ['*1\r\n$-5\r\n', 'invalid bulk length'],
  ] as const) {
    it(`refuses ${JSON.stringify(bytes)}`, () => {
      expect(() => new RequestReader().read(Buffer.from(bytes))).to.throw(why);
    });
  }
});
