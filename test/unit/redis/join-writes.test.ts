import { expect } from 'chai';
import { Writable } from 'node:stream';
import type { RedisStream } from '../../../src/redis/endpoint.js';
import { joinWritesOfTick } from '../../../src/redis/join-writes.js';

describe(joinWritesOfTick.name, () => {
  let written: string[];
  let stream: RedisStream;

  beforeEach(() => {
    written = [];
    stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    }) as RedisStream;
    joinWritesOfTick(stream);
  });

  it('makes one write of the texts of a tick, and of the next tick another', async () => {
    stream.write('a');
    stream.write('é');
    expect(written).to.deep.equal([]);
    await tick();
    stream.write('c');
    await tick();
    expect(written).to.deep.equal(['aé', 'c']);
  });

  it('keeps the order of text and bytes', async () => {
    stream.write('a');
    stream.write(Buffer.from('b'));
    stream.write('c');
    await tick();
    expect(written).to.deep.equal(['a', 'b', 'c']);
  });

  it('writes nothing to a stream that was destroyed meanwhile', async () => {
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    stream.write('a');
    stream.destroy();
    await tick();
    expect([written, errors]).to.deep.equal([[], []]);
  });
});

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
