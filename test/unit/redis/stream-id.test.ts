import { expect } from 'chai';
import { compareStreamIds, parseStreamId } from '../../../src/redis/stream-id.js';

describe('ids of stream entries', () => {
  for (const [text, id] of [
    ['0', '0-0'],
    ['5', '5-0'],
    ['5-7', '5-7'],
    ['005-07', '5-7'],
    ['18446744073709551615-18446744073709551615', '18446744073709551615-18446744073709551615'],
    ['', undefined],
    ['-1', undefined],
    ['1-', undefined],
    ['1-2-3', undefined],
    ['$', undefined],
    ['1 ', undefined],
  ] as const) {
    it(`${parseStreamId.name} reads ${JSON.stringify(text)} as ${id ?? 'none'}`, () => {
      expect(parseStreamId(text)).to.equal(id);
    });
  }

  it(`${compareStreamIds.name} orders them as numbers of 64 bits, milliseconds first`, () => {
    const ordered = ['0-0', '0-9', '0-10', '9-99', '10-0', '9007199254740993-0', '9007199254740994-0'];
    const shuffled = ordered.toReversed();
    expect(shuffled.toSorted(compareStreamIds)).to.deep.equal(ordered);
    expect(compareStreamIds('7-7', '7-7')).to.equal(0);
  });
});
