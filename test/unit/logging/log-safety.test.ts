import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  createLoggerFactory,
  type LogContext,
  type Logger,
  loadSettings,
  type LoggingOptions,
  RedisError,
  withLogContext,
} from '../../../src/index.js';
import { memoryLogger } from '../../support/memory-log.js';

const formats: readonly Partial<LoggingOptions>[] = [
  { format: 'json' },
  { format: 'json', fields: 'original' },
  { format: 'console' },
];

/** How a secret stands in a text. */
const shapes: readonly ((secret: string) => string)[] = [
  (secret) => `redis://user:${secret}@host:6379/0`,
  (secret) => `rediss://:${secret}@host`,
  (secret) => `SASL_SSL://user:${secret}@kafka:9092,other:9093`,
  (secret) => `user:${secret}@kafka:9092`,
  (secret) => `https://host/?a=1&access_token=${secret}&b=2#c`,
  (secret) => `amqp://u:x@y${secret}@host?password=${secret}`,
  (secret) => `Bearer ${secret}`,
  (secret) => `authorization: bearer ${secret}`,
  (secret) => `Basic ${base64(`user:${secret}`)}`,
  (secret) => `eyJhbGciOiJIUzI1NiJ9.${secret}.${secret}`,
  (secret) => `Server=h;User Id=u;Password=${secret};Encrypt=true`,
  (secret) => `Endpoint=sb://h/;SharedAccessKey=${secret}=`,
  (secret) => `host=h user=u password='${secret}' dbname=d`,
  (secret) => `host=h password={${secret};1} dbname=d`,
  (secret) => JSON.stringify({ client_secret: secret, a: 1 }),
  (secret) => JSON.stringify(JSON.stringify({ apiKey: `"${secret}"` })),
  (secret) => `{ token: [ '${secret}', "${secret}" ] }`,
  (secret) => `Set-Cookie: a=b; session=${secret}; Path=/`,
  (secret) => `X-Api-Key: ${secret}`,
  (secret) => `AWS_SECRET_ACCESS_KEY=${secret}`,
  (secret) => `REDIS_PASSWORD => ${secret}`,
  (secret) => `-----BEGIN PRIVATE KEY-----\n${secret}\n${secret}\n-----END PRIVATE KEY-----`,
  (secret) => `-----BEGIN EC PRIVATE KEY-----\n${secret}`,
];

/** Where a text that holds one is logged. */
const places: readonly ((logger: Logger, text: string) => void)[] = [
  (logger, text) => logger.info(text),
  (logger, text) => logger.info('x', { text }),
  (logger, text) => logger.info('x', { [text]: 1 }),
  (logger, text) => logger.info('x', { deep: [{ list: [text], set: new Set([text]) }] }),
  (logger, text) => logger.info('x', { map: new Map<unknown, unknown>([[text, { text }]]) }),
  (logger, text) => logger.info('x', { pairs: new Map<unknown, unknown>([[1, text]]) }),
  (logger, text) => logger.info('x', { json: { toJSON: () => ({ text }) } }),
  (logger, text) => logger.error('x', { error: new Error(text) }),
  (logger, text) => logger.error('x', new Error(text) as never),
  (logger, text) => logger.error('x', { error: new Error('x', { cause: new Error('y', { cause: text }) }) }),
  (logger, text) =>
    logger.error('x', { error: new AggregateError([new Error(text), text], 'x', { cause: text }) }),
  (logger, text) => logger.error('x', { error: Object.assign(new Error('x'), { code: text, name: text }) }),
  (logger, text) =>
    logger.error('x', { error: Object.assign(new Error('x'), { stack: `Error: x\n    at ${text}` }) }),
  (logger, text) =>
    logger.error('x', {
      error: new RedisError('SLIPWAY_REDIS_COMMAND', {
        message: text,
        context: { text },
        cause: new Error(text),
      }),
    }),
  (logger, text) => logger.info('x', { correlation_id: text, trace_id: text }),
  (logger, text) => withLogContext({ correlationId: text, spanId: text, text }, () => logger.info('x')),
  (logger, text) => logger.info({ text } as never, text as never),
];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

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

  it('shows no secret that its shape or its name gives away, in any format, wherever it stands', async () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{10,40}$/).map((text) => `S3${text}`);
    const words = fc.stringMatching(/^[a-z ,.]{0,20}$/);
    /** Texts that hold a secret, and what must not be seen of them. */
    const planted = fc
      .tuple(secret, words, words, fc.constantFrom(...shapes))
      .map(([plain, before, after, shape]) => ({
        text: `${before} ${shape(plain)} ${after}`,
        hidden: [plain, base64(plain), base64(`user:${plain}`)],
      }));
    const place = fc.constantFrom(...places);
    for (const options of formats) {
      const { log, factory, logger } = memoryLogger({ ...options, level: 'debug' });
      await fc.assert(
        fc.asyncProperty(planted, place, async ({ text, hidden }, put) => {
          log.text = '';
          put(logger, text);
          await factory.flush();
          expect(log.lines.length).to.be.greaterThan(0);
          for (const each of hidden) expect(log.text).to.not.contain(each);
        }),
        { numRuns: 400 },
      );
    }
  });

  it('masks what the options name, wherever it stands', async () => {
    for (const options of formats) {
      const { log, factory, logger } = memoryLogger({
        ...options,
        level: 'debug',
        redact: {
          keys: ['cardNumber', 'ssn', /^iban\d*$/gi],
          values: ['pa ss/w', 'pa ss/word?', '', /DE\d{4,}/y],
        },
      });
      const secrets = {
        card_number: '4111',
        'Card-Number': '4111',
        CARDNUMBER: 4111,
        SSN: ['4111'],
        IBAN2: '4111',
      };
      const text = 'card-number: 4111 x ssn=4111, pa ss/word? pa ss/w https://h/pa%20ss%2Fword%3F DE12345678';
      for (let time = 0; time < 2; time += 1) {
        logger.info(text, { secrets, list: [text], map: new Map([['ssn', '4111']]), [text]: 1 });
        logger.warn('x', { error: new Error(text, { cause: new AggregateError([new Error(text)], text) }) });
      }
      await factory.flush();
      for (const hidden of ['4111', 'pa ss', 'word', 'pa%20', 'DE1']) expect(log.text).to.not.contain(hidden);
      expect(log.text).to.contain('https://h/***');
      logger.info('x', { cardNumbers: 7, assn: 8, account: 'bank' });
      await factory.flush();
      expect(log.text).to.match(/7.*8.*bank/);
    }
  });

  it('masks what a cut would part from the mark that gives it away', async () => {
    const { log, factory, logger } = memoryLogger({ redact: { values: ['hunter2'.repeat(20)] } });
    for (let shift = 0; shift < 140; shift += 7) {
      logger.info(`${'x'.repeat(8_192 - shift)}${'hunter2'.repeat(20)}`);
      logger.info(`${'x'.repeat(16_384 - shift)}${'hunter2'.repeat(20)}`);
      logger.info(`${' password=12345678901234567890'.repeat(545).slice(shift)}${'hunter2'.repeat(20)}`);
    }
    await factory.flush();
    expect(log.lines).to.have.length(60);
    expect(log.text).to.not.contain('hunt');
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
