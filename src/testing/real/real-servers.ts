import { serversError } from '../testing-errors.js';
import type { RealServers, TestServers } from '../test-servers.js';

/** The switch: SLIPWAY_TEST_REAL=1 puts test applications on real servers. */
export function wantedServers(): TestServers {
  return process.env['SLIPWAY_TEST_REAL'] === '1' ? 'real' : 'memory';
}

/**
 * The servers that SLIPWAY_TEST_KAFKA (`host:port`, several with commas) and SLIPWAY_TEST_REDIS_URL name.
 * @throws SlipwayError SLIPWAY_TESTING_SERVERS if one is not given.
 */
export function realServers(): RealServers {
  const redis = given('SLIPWAY_TEST_REDIS_URL');
  if (!/^rediss?:\/\//.test(redis)) {
    throw serversError('SLIPWAY_TEST_REDIS_URL has to be redis:// or rediss://: tests share one server.');
  }
  return { kafka: given('SLIPWAY_TEST_KAFKA'), redis };
}

function given(variable: string): string {
  const value = process.env[variable] ?? '';
  if (value !== '') return value;
  throw serversError(
    `SLIPWAY_TEST_REAL=1 needs the address of a server in ${variable}. Set it, or leave SLIPWAY_TEST_REAL away.`,
  );
}
