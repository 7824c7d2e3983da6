import { expect } from 'chai';
import { readSources } from './sources.js';
import { bareErrors } from './thrown-errors.js';

/** Files that make errors without a code, how many, and why none of them reaches a caller as it is. */
const allowed: Readonly<Record<string, readonly [count: number, reason: string]>> = {
  'errors/slipway-error.ts': [1, 'the base of all others'],
  'events/json/json-fault.ts': [1, 'the cause of SLIPWAY_EVENT_UNREADABLE'],
  'kafka/consumer/attempt.ts': [1, 'tells the attempts that the application takes none now'],
  'kafka/driver-error.ts': [1, 'what a Kafka driver tells the bus, which wraps it'],
  'kafka/drivers/kafkajs/kafkajs-consumer.ts': [1, 'the reason its sockets are destroyed with'],
  'kafka/drivers/kafkajs/kafkajs-producer.ts': [1, 'the reason its sockets are destroyed with'],
  'kafka/drivers/kafkajs/kafkajs-transactions.ts': [1, 'the reason its sockets are destroyed with'],
  'kafka/drivers/kafkajs/socket-tracker.ts': [1, 'the reason a socket is destroyed with'],
  'kafka/drivers/kafkajs/classify.ts': [
    2,
    'the shape of its errors; makes an error of what a library threw, to classify it',
  ],
  'kafka/drivers/kafkajs/signals.ts': [1, 'passes through kafkajs from the driver back to the driver'],
  'logging/rotating-file.ts': [1, 'what a full file is told with on the stream'],
  'kafka/drivers/platformatic/classify.ts': [1, 'the shape of its errors'],
  'redis/dial.ts': [1, 'the cause of SLIPWAY_REDIS_UNREACHABLE'],
  'redis/driver.ts': [1, "the server's own reply, before it is wrapped"],
  'redis/connect-failures.ts': [1, 'the cause of SLIPWAY_REDIS_NO_PRIMARY: what each sentinel said'],
  'redis/heartbeat.ts': [2, 'the causes of SLIPWAY_REDIS_CONNECTION_LOST'],
  'redis/link.ts': [1, 'the cause of SLIPWAY_REDIS_UNREACHABLE'],
  'redis/memory/run-twin.ts': [1, 'becomes an error reply of the memory server'],
  'redis/pool/lease.ts': [1, 'the cause of SLIPWAY_REDIS_CONNECTION_LOST'],
  'redis/memory/command.ts': [1, 'becomes an error reply of the memory server'],
  'redis/memory/memory-redis-server.ts': [1, 'stands for the refusal of a socket'],
  'redis/memory/request-reader.ts': [3, 'become error replies of the memory server'],
  'testing/contracts/kafka/event-consumer-handling-tests.ts': [
    1,
    'what a handler of the contract fails with',
  ],
};

describe('the errors of src', () => {
  const sources = readSources();

  it('have a code of the table, but for the listed ones', () => {
    expect(sources.size).to.be.greaterThan(100);
    const found: Record<string, number> = {};
    for (const [path, source] of sources) {
      const count = bareErrors(source).length;
      if (count > 0) found[path] = count;
    }
    const listed = Object.fromEntries(Object.entries(allowed).map(([path, [count]]) => [path, count]));
    expect(found).to.deep.equal(listed);
  });

  for (const planted of [
    `throw new Error('x');`,
    `throw new TypeError(text)`,
    'throw RangeError (`x`)',
    `reject(new AggregateError([]));`,
    `const make = () => new SyntaxError('x');`,
    `class MyError extends Error {}`,
    `class MyError extends\n  RangeError {}`,
  ]) {
    it(`would be found: ${JSON.stringify(planted)}`, () => {
      expect(bareErrors(`// new Error('comment')\n${planted}`)).to.have.length(1);
    });
  }

  for (const harmless of [
    `throw new SlipwayError('SLIPWAY_TOKEN_INVALID', { message });`,
    `// throw new Error('x')`,
    `/** @throws TypeError (never) */`,
    `if (reason instanceof TypeError) return;`,
    `linkError(reason); this.Error(x); describeError(x);`,
    `class RedisError extends SlipwayError {}`,
    `interface KafkaJsError extends ErrorLike {}`,
  ]) {
    it(`are not seen where there are none: ${JSON.stringify(harmless)}`, () => {
      expect(bareErrors(harmless)).to.deep.equal([]);
    });
  }
});
