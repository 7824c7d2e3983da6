import { expect } from 'chai';
import * as fc from 'fast-check';
import { createLoggerFactory, type LogContext, loadSettings, withLogContext } from '../../../src/index.js';
import { memoryLogger } from '../../support/memory-log.js';

describe(createLoggerFactory.name, () => {
  it('shows no secret anywhere in its output, wherever it was planted', async () => {
    const secret = 'hunter2';
    const url = `redis://user:${secret}@host/0`;
    for (const format of ['json', 'console'] as const) {
      const { log, factory, logger } = memoryLogger({ format, level: 'debug' });
      const settings = loadSettings({ SERVICE_NAME: 'a', REDIS_URL: url, REDIS_CLIENT_ID: 'client' });
      withLogContext({ correlationId: url, apiKey: secret, nested: { url } }, () => {
        logger.info(`Connecting to ${url}.`, {
          password: secret,
          REDIS_PASSWORD: secret,
          dbPasswd: secret,
          accessToken: [secret],
          'x-api-key': secret,
          authorization: { scheme: secret },
          Cookie: secret,
          client_secret: secret,
          url,
          [url]: 1,
          deep: [{ list: [{ passphrase: secret, address: url }] }],
          map: new Map([['private_key', secret]]),
          set: new Set([url]),
          redis: settings.redis,
          settings,
          bytes: Buffer.from(secret),
          long: `${'a'.repeat(8_192 - 20)}redis://user:${secret}${'b'.repeat(200)}@host`,
          query: `https://host/?a=1&access_token=${secret}&b=2`,
          error: new Error(url, { cause: new Error(`at ${url}`) }),
          failed: new AggregateError([new Error(url)], url),
        });
      });
      await factory.flush();
      expect(log.text).to.not.contain(secret).and.not.contain(Buffer.from(secret).toString('base64'));
      expect(log.text.match(/\*\*\*/g)?.length).to.be.greaterThan(20);
      expect(log.text).to.contain('client');
    }
  });

  it('never throws, whatever it is given, and writes one JSON object for each line', async () => {
    const { log, factory, logger } = memoryLogger({ level: 'debug' });
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    let count = 0;
    fc.assert(
      fc.property(anything, anything, anything, (message, context, field) => {
        withLogContext({ correlationId: field as string, field }, () => {
          logger.debug(message as string, context as LogContext);
        });
        logger.error('x', { message, context });
        count += 2;
      }),
      { numRuns: 500 },
    );
    await factory.flush();
    expect(log.records).to.have.length(count);
    for (const record of log.records) {
      expect(record).to.include.keys('timestamp', 'level', 'service', 'module', 'message');
      expect(record['message']).to.be.a('string');
    }
  });
});
