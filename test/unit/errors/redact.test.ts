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
    ['SASL user:pw@kafka:9092 failed', 'SASL user:***@kafka:9092 failed'],
    ['[a:p@w@h,b:q@i]', '[a:***@h,b:***@i]'],
    ['Authorization: Bearer abcdef0123456789', 'Authorization: ***'],
    ['sent bearer abc.def-012/345==!', 'sent bearer ***!'],
    ['sent Basic dXNlcjpodW50ZXIy', 'sent Basic ***'],
    ['Basic information', 'Basic information'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln bad', 'token *** bad'],
    ['Server=h;User=u;Password=p,w;Pwd=x', 'Server=h;User=u;Password=***;Pwd=***'],
    ['Password={a;b};x=1', 'Password=***;x=1'],
    ['host=h password=x port=1', 'host=h password=*** port=1'],
    ["{ password: 'a\\'b', user: 'c' }", "{ password: ***, user: 'c' }"],
    ['{"token":"a\\"b","a":1}', '{"token":***,"a":1}'],
    ['{\\"token\\":\\"a\\",\\"b\\":1}', '{\\"token\\":***,\\"b\\":1}'],
    ['"apiKeys": ["a", "b"], c', '"apiKeys": ***, c'],
    ['"password":"cut off', '"password":***'],
    ['"password":"cut off\\', '"password":***'],
    ['Cookie: a=b; c=d\nnext', 'Cookie: ***\nnext'],
    ['a=1&client_secret=x&b=2', 'a=1&client_secret=***&b=2'],
    ['secret => x', 'secret => ***'],
    ['key AKIAIOSFODNN7EXAMPLE.', 'key ***.'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----',
      '-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----',
    ],
    ['Invalid token: jwt expired', 'Invalid token: jwt expired'],
    ['passed=3 passes: 4 bypassed', 'passed=3 passes: 4 bypassed'],
    ['partition=3 key=essay-1 topic: essays', 'partition=3 key=essay-1 topic: essays'],
    ['password=***', 'password=***'],
  ] as const) {
    it(`makes ${redacted} of ${text}`, () => {
      expect(redactText(text)).to.equal(redacted);
    });
  }

  // A time that grows with the square of the length would be minutes: on the slowest machine these limits are far from both.
  const limitMs = 10_000;

  it('takes linear time on long texts', () => {
    const started = performance.now();
    for (const part of ['a', 'a://', 'a://b:', '?a', '&a=', 'a.', '?x=']) {
      redactText(`://=${part.repeat(500_000 / part.length)}`);
    }
    expect(performance.now() - started).to.be.lessThan(limitMs);
  });

  it('takes linear time on texts that are nearly full of secrets', () => {
    const parts = [
      'a:b',
      ' a:',
      'a:@',
      'eyJ',
      'eyJ-',
      'eyJaaaaaaaa.',
      'password',
      'password="',
      `password='"`,
    ];
    parts.push(
      'token:\\\\"',
      '-----BEGIN PRIVATE KEY-----',
      'bearer ',
      'basic ',
      'cookie:',
      'ghp_',
      'token={',
      '"token":"\\',
    );
    for (const part of parts) {
      const started = performance.now();
      const text = redactText(part.repeat(Math.ceil(200_000 / part.length)));
      expect(text).to.be.a('string');
      expect(performance.now() - started, part).to.be.lessThan(limitMs);
    }
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
