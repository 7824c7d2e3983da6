import { expect } from 'chai';
import { isSecretKey, redactSecrets, redactText } from '../../../src/errors/redact.js';

describe(redactText.name, () => {
  for (const [text, redacted] of [
    ['redis://user:pw@host:1/0', 'redis://user:***@host:1/0'],
    ['redis://:pw@host', 'redis://:***@host'],
    ['rediss://:p@w@host', 'rediss://:***@host'],
    ['a mongodb+srv://u:p@h and http://v:q@i.', 'a mongodb+srv://u:***@h and http://v:***@i.'],
    ['https://h/?a=1&access_token=x&b=2#f', 'https://h/?a=1&access_token=***&b=2#f'],
    ['https://h/?password=x"', 'https://h/?password=***"'],
    ['http://host:80/path', 'http://host:80/path'],
    ['mail a@b.c at 12:30, x=1', 'mail a@b.c at 12:30, x=1'],
  ] as const) {
    it(`makes ${redacted} of ${text}`, () => {
      expect(redactText(text)).to.equal(redacted);
    });
  }

  it('takes linear time on long texts', () => {
    const started = performance.now();
    for (const part of ['a', 'a://', 'a://b:', '?a', '&a=', 'a.', '?x=']) {
      redactText(`://=${part.repeat(500_000 / part.length)}`);
    }
    expect(performance.now() - started).to.be.lessThan(2_000);
  });
});

describe(isSecretKey.name, () => {
  for (const key of [
    'password',
    'REDIS_PASSWORD',
    'passwordHash',
    'dbPass',
    'passphrase',
    'pwd',
    'clientSecret',
    'accessToken',
    'Authorization',
    'Set-Cookie',
    'x-api-key',
    'apiKey',
    'AWS_ACCESS_KEY_ID',
    'privateKey',
    'jwt',
    'credentials',
  ]) {
    it(`is true for ${key}`, () => {
      expect(isSecretKey(key)).to.equal(true);
    });
  }

  for (const key of ['key', 'clientId', 'passes', 'author', 'partitionKey', 'topic', 'url']) {
    it(`is false for ${key}`, () => {
      expect(isSecretKey(key)).to.equal(false);
    });
  }
});

describe(redactSecrets.name, () => {
  it('reaches plain objects and arrays, and leaves instances as they are', () => {
    const date = new Date(0);
    expect(
      redactSecrets({
        list: [{ token: 'x', url: 'a://b:c@d' }],
        none: { password: null, secret: undefined },
        date,
      }),
    ).to.deep.equal({
      list: [{ token: '***', url: 'a://b:***@d' }],
      none: { password: null, secret: undefined },
      date,
    });
  });

  it('copies', () => {
    const record = { nested: { password: 'x' } };
    redactSecrets(record);
    expect(record.nested.password).to.equal('x');
  });

  it('ends at cycles and lives with getters that throw', () => {
    const record: Record<string, unknown> = {
      get broken(): never {
        throw new Error('no');
      },
    };
    record['self'] = record;
    record['list'] = [record];
    expect(redactSecrets(record)['broken']).to.equal('[unreadable]');
    expect(JSON.stringify(redactSecrets(record))).to.contain('[object]');
  });
});
