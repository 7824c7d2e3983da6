import { expect } from 'chai';
import { slipwayCheck } from '../../support/cli.js';
import { startScriptedServer } from '../../support/scripted-server.js';

describe('slipway check of a port where no Redis listens', () => {
  const answer = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';

  for (const [scheme, id, detail, fix] of [
    [
      'redis',
      'redis.auth',
      /^no Redis listens there: it answers in another protocol$/,
      /Correct host and port/,
    ],
    [
      'rediss',
      'redis.tls',
      /^no TLS on 127\.0\.0\.1:\d+: wrong version number \(ERR_SSL_WRONG_VERSION_NUMBER\)$/,
      /listens with TLS/,
    ],
  ] as const)
    it(`names that for ${scheme}://, in one line`, async () => {
      await using server = await startScriptedServer((socket) => socket.end(answer));
      const url = server.url.replace('redis', scheme);
      const { code, failed } = await slipwayCheck(['--only', 'redis'], { REDIS_URL: url });
      expect(code).to.equal(1);
      expect(failed.map((each) => each.id)).to.deep.equal([id]);
      expect(failed[0]?.detail).to.match(detail);
      expect(failed[0]?.fix).to.match(fix);
    });
});
