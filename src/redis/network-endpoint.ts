import { answersTls, dialNetwork, greeting } from './dial.js';
import type { CommonEndpoint, RedisEndpoint } from './endpoint.js';
import type { NetworkTarget } from './redis-url.js';

/** One server at one address. */
export function networkEndpoint(common: CommonEndpoint, target: NetworkTarget): RedisEndpoint {
  const { db, username, password } = target;
  return {
    ...common,
    db,
    username,
    password,
    dial: (signal) => dialNetwork(target, signal),
    greeting: (signal) => greeting(target, signal),
    answersTls: (signal) => answersTls(target, signal),
    memory: undefined,
  };
}
