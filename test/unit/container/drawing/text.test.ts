import { expect } from 'chai';
import * as fc from 'fast-check';
import { columns, duration, escapeMarkup, printable, wrap } from '../../../../src/container/drawing/text.js';

describe('columns', () => {
  it('counts wide signs twice and combining ones not at all', () => {
    expect([columns('Clock'), columns('時計'), columns('🚀'), columns('é')]).to.deep.equal([5, 4, 2, 1]);
  });
});

describe('wrap', () => {
  it('breaks where a word begins', () => {
    expect(wrap('KafkaPublisherProtocol', 15, 3)).to.deep.equal(['KafkaPublisher', 'Protocol']);
    expect(wrap('RedisClientProtocol(cache)', 20, 3)).to.deep.equal(['RedisClientProtocol(', 'cache)']);
  });

  it('breaks a word that is too long, and marks what is left out', () => {
    expect(wrap('abcdefghij', 4, 3)).to.deep.equal(['abcd', 'efgh', 'ij']);
    expect(wrap('abcdefghij', 4, 2)).to.deep.equal(['abcd', 'efg…']);
  });

  it('loses nothing and keeps to the limit, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer({ min: 2, max: 12 }),
        (text, limit) => {
          const lines = wrap(text, limit, Infinity);
          expect(lines.join('')).to.equal(text);
          for (const line of lines) expect(columns(line)).to.be.at.most(limit);
        },
      ),
    );
  });
});

describe('printable', () => {
  it('replaces control characters, lone surrogates and those that turn the direction of text', () => {
    expect(printable('a\u0000b\u202Ec\uD800d\ne')).to.equal('a\uFFFDb\uFFFDc\uFFFDd e');
  });
});

describe('escapeMarkup', () => {
  it('leaves no sign with a meaning', () => {
    expect(escapeMarkup(`<a href="x" title='y'>&`)).to.equal(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;',
    );
  });
});

describe('duration', () => {
  it('shows what matters', () => {
    expect([0.04, 3.26, 9.96, 994, 996, 9_960].map(duration)).to.deep.equal([
      '0.0 ms',
      '3.3 ms',
      '10 ms',
      '994 ms',
      '1.0 s',
      '10 s',
    ]);
  });
});
