function addressIn(variable: string): string {
  const address = process.env[variable];
  if (address === undefined || address === '') {
    throw new Error(
      `${variable} is not set. It is while a test of test/integration or test/contract runs: ask in a hook or a ` +
        'test, not when the file is loaded.',
    );
  }
  return address;
}

/** The Redis of this test run. */
export function redisUrl(): string {
  return addressIn('SLIPWAY_TEST_REDIS_URL');
}

/** The Kafka of this test run, `host:port`. */
export function kafkaBootstrapServers(): string {
  return addressIn('SLIPWAY_TEST_KAFKA');
}

/** The command of the browser of this test run. */
export function chromiumCommand(): string {
  return addressIn('SLIPWAY_TEST_CHROMIUM');
}

/** Was the Kafka of this test run there before it? Known when files are loaded, and not any more later. */
export function kafkaIsGiven(): boolean {
  return (process.env['SLIPWAY_TEST_KAFKA'] ?? '') !== '';
}

/** The shortest session timeout that the Kafka of this test run allows its consumers; asked as {@link kafkaIsGiven} is. */
export function shortestSessionMs(): number {
  return kafkaIsGiven() ? 6_000 : 4_000;
}
