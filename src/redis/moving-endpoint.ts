import { answersTls, dialNetwork, greeting } from './dial.js';
import type { CommonEndpoint, RedisEndpoint } from './endpoint.js';
import type { NetworkTarget } from './redis-url.js';
import type { RedisStream } from './endpoint.js';

export interface MovingServer extends Pick<RedisEndpoint, 'db' | 'username' | 'password'> {
  /** Where it is now. Rejects with a RedisError if nobody knows. */
  readonly locate: (signal: AbortSignal) => NetworkTarget | Promise<NetworkTarget>;
  /** A connection was made to it there. */
  readonly onDialled?: (stream: RedisStream, target: NetworkTarget) => void;
}

/** A primary that is not always the same server: each connection looks for it anew, and holds it to being one. */
export function movingEndpoint(common: CommonEndpoint, server: MovingServer): RedisEndpoint {
  const { db, username, password, locate, onDialled } = server;
  // The last that was dialled: what it has to say is asked after it hung up.
  let last: NetworkTarget | undefined;
  return {
    ...common,
    db,
    username,
    password,
    primaryOnly: true,
    async dial(signal) {
      const target = await locate(signal);
      last = target;
      const stream = await dialNetwork(target, signal);
      onDialled?.(stream, target);
      return stream;
    },
    greeting: async (signal) => (last === undefined ? '' : greeting(last, signal)),
    answersTls: async (signal) => last !== undefined && answersTls(last, signal),
    memory: undefined,
  };
}
