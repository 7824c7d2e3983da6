import { expect } from 'chai';
import { PrefixedRequests, UnprefixedReplies } from '../../../src/testing/real/key-prefix.js';

function request(...args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;
}

/** What comes out when `text` goes in, cut into pieces of `size` bytes. */
function through(rewriting: { push(chunk: Buffer): Buffer }, text: string, size = Infinity): string {
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(rewriting.push(bytes.subarray(at, at + size)));
  return Buffer.concat(out).toString();
}

describe(PrefixedRequests.name, () => {
  for (const [sent, expected] of [
    ['GET k', 'GET p.k'],
    ['SET k k EX 5', 'SET p.k k EX 5'],
    ['MGET a b a', 'MGET p.a p.b p.a'],
    ['MSET a b c a', 'MSET p.a b p.c a'],
    ['DEL a b', 'DEL p.a p.b'],
    ['BLPOP a b 0', 'BLPOP p.a p.b 0'],
    ['EVALSHA sha 2 a b a', 'EVALSHA sha 2 p.a p.b a'],
    ['SCAN 0 MATCH a* COUNT 5', 'SCAN 0 MATCH p.a* COUNT 5'],
    ['PUBLISH a a', 'PUBLISH p.a a'],
    ['SPUBLISH a a', 'SPUBLISH p.a a'],
    ['SUBSCRIBE a b', 'SUBSCRIBE p.a p.b'],
    ['PSUBSCRIBE a*', 'PSUBSCRIBE p.a*'],
    ['SSUBSCRIBE a', 'SSUBSCRIBE p.a'],
    ['WATCH a b', 'WATCH p.a p.b'],
    ['XREAD COUNT 1 STREAMS a b 0 0', 'XREAD COUNT 1 STREAMS p.a p.b 0 0'],
    ['XREADGROUP GROUP g c STREAMS a >', 'XREADGROUP GROUP g c STREAMS p.a >'],
    ['XGROUP CREATE a g $', 'XGROUP CREATE p.a g $'],
    ['AUTH user secret', 'AUTH user secret'],
    ['SELECT 3', 'SELECT 3'],
    ['CLIENT SETNAME a', 'CLIENT SETNAME a'],
    ['PING', 'PING'],
    ['MULTI', 'MULTI'],
  ] as const) {
    it(`makes ${expected} of ${sent}`, () => {
      const text = request(...sent.split(' '));
      for (const size of [1, 3, Infinity]) {
        expect(through(new PrefixedRequests('p.'), text + text, size)).to.equal(
          request(...expected.split(' ')).repeat(2),
        );
      }
    });
  }

  it('leaves bytes as they are', () => {
    const value = '\r\n$1\r\nä\u0000';
    const text = request('SET', 'ключ', value);
    expect(through(new PrefixedRequests('p.'), text, 2)).to.equal(request('SET', 'p.ключ', value));
  });
});

describe(UnprefixedReplies.name, () => {
  for (const [reply, expected] of [
    ['$5\r\np.key\r\n', '$3\r\nkey\r\n'],
    ['*2\r\n$3\r\np.a\r\n$1\r\nb\r\n', '*2\r\n$1\r\na\r\n$1\r\nb\r\n'],
    ['*2\r\n$1\r\n0\r\n*1\r\n$3\r\np.a\r\n', '*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n'],
    ['$-1\r\n', '$-1\r\n'],
    ['*-1\r\n', '*-1\r\n'],
    ['+OK\r\n:1\r\n-ERR p.a\r\n', '+OK\r\n:1\r\n-ERR p.a\r\n'],
    ['$0\r\n\r\n', '$0\r\n\r\n'],
  ] as const) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(reply)}`, () => {
      for (const size of [1, 4, Infinity]) {
        expect(through(new UnprefixedReplies('p.'), reply, size)).to.equal(expected);
      }
    });
  }
});
