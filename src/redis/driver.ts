import { setTimeout as sleep } from 'node:timers/promises';
import { AbstractConnector, Redis } from 'ioredis';
import type { PubSubMessage } from '../protocols/redis.js';
import { ping, select } from './commands/connection.js';
import type { RedisEndpoint, RedisStream } from './endpoint.js';
import type { RedisCommand } from './pending-command.js';
import { isReplyError } from './reply-error.js';
import type { SubscriptionKind } from './subscription.js';

const loadingPollMs = 100;

/**
 * A driver for one stream. It neither queues nor reconnects nor resends: each of these loses or doubles commands
 * without a word.
 */
export function createDriver(endpoint: RedisEndpoint, stream: RedisStream, name: string): Redis {
  return new Redis({
    Connector: class extends AbstractConnector {
      constructor() {
        super(0);
      }
      override connect(): Promise<RedisStream> {
        return Promise.resolve(stream);
      }
      override disconnect(): void {
        stream.destroy();
      }
    },
    lazyConnect: true,
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    // INFO would wait for loading with a timer that nothing clears; the handshake's PING tells the same.
    enableReadyCheck: false,
    // SETNAME takes no spaces.
    connectionName: name.replace(/[^!-~]/g, '-'),
    ...(endpoint.username === undefined ? {} : { username: endpoint.username }),
    ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
  });
}

type SubscriptionSet = Exclude<NonNullable<Redis['condition']>['subscriber'], boolean>;

/**
 * Makes the driver go on giving messages when the last subscription of one kind ends. It takes the server's count for
 * that of all, but shard channels are counted apart: without this, SUNSUBSCRIBE from the last of them, or UNSUBSCRIBE
 * from the last of the others, would silence the rest. Its list of channels, a second one to ours, is spared as well.
 * @param onShardLeft the server says that this connection is subscribed to a shard channel no more, asked for or not.
 */
export function keepSubscriberMode({ condition }: Redis, onShardLeft: (channel: string) => void): void {
  if (condition === null) return;
  // The driver's own list of channels, of which it is enough that there is one.
  const subscribed: Pick<SubscriptionSet, 'add' | 'del' | 'channels' | 'isEmpty'> = {
    add: () => {},
    del: (kind, channel) => {
      if (kind === 'sunsubscribe') onShardLeft(channel);
    },
    channels: () => [],
    isEmpty: () => false,
  };
  let subscriber: SubscriptionSet | false = false;
  Object.defineProperty(condition, 'subscriber', {
    get: () => subscriber,
    set: (value: SubscriptionSet | false) => {
      if (value !== false) subscriber = subscribed as SubscriptionSet;
    },
  });
}

/** Calls `deliver` with each message, and the name of the subscription that it came for. */
export function onMessage(
  redis: Redis,
  deliver: (kind: SubscriptionKind, name: string, message: PubSubMessage) => void,
): void {
  redis.on('message', (name, data) => deliver('channel', name, { type: 'message', channel: name, data }));
  redis.on('smessage', (name: string, data: string) =>
    deliver('shard', name, { type: 'message', channel: name, data }),
  );
  redis.on('pmessage', (name, from, data) =>
    deliver('pattern', name, { type: 'message', channel: from, data, pattern: name }),
  );
}

export interface HandshakeState {
  /** The server's last word where it is loading its data. */
  loading: Error | undefined;
}

/** What the driver's own handshake leaves out: it reports a refused database and uses 0, and it takes no PONG for ready. */
export async function handshake(
  redis: Redis,
  db: number,
  signal: AbortSignal,
  state: HandshakeState,
): Promise<void> {
  await redis.connect();
  if (db !== 0) await call(redis, select(db));
  for (;;) {
    try {
      await call(redis, ping);
      return;
    } catch (error) {
      if (!isReplyError(error)) throw error;
      // A server that cannot persist refuses PING with its writes, and goes on reading.
      if (error.message.startsWith('MISCONF ')) return;
      if (!error.message.startsWith('LOADING ')) throw error;
      state.loading = error;
      await sleep(loadingPollMs, undefined, { signal });
    }
  }
}

/** What the server says of its own role; one too old to be asked counts as a primary. */
export async function isReplica(redis: Redis): Promise<boolean> {
  try {
    // HELLO needs no permission of its own, which ROLE and INFO do.
    const reply = await redis.call('hello');
    return Array.isArray(reply) && reply[reply.indexOf('role') + 1] === 'replica';
  } catch (error) {
    if (isReplyError(error)) return false;
    throw error;
  }
}

async function call<T>(redis: Redis, { name, args, decode }: RedisCommand<T>): Promise<T> {
  return decode(await redis.call(name, ...args));
}

/** Asks anew what the server says to a client it hangs up on: the first connection's own words may be lost. */
export async function throwGreeting(endpoint: RedisEndpoint, signal: AbortSignal): Promise<void> {
  const text = await endpoint.greeting(signal);
  if (!text.startsWith('-')) return;
  const error = new Error(text.slice(1).split('\r\n', 1)[0]);
  error.name = 'ReplyError';
  throw error;
}
