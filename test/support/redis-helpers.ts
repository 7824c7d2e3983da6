import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { RedisError } from '../../src/index.js';
import { createEndpoint, type RedisClientSettings } from '../../src/redis/endpoint.js';
import { Link } from '../../src/redis/link.js';
import { RedisClient } from '../../src/redis/redis-client.js';

/** A prefix that no other test uses: given servers are shared. */
export function uniquePrefix(): string {
  return `slipway-test:${randomUUID()}:`;
}

/** The error `promise` rejects with, which has to be a RedisError. */
export async function redisErrorOf(promise: Promise<unknown>): Promise<RedisError> {
  try {
    const value = await promise;
    return expect.fail(`it resolved to ${inspect(value)}`);
  } catch (error) {
    expect(error).to.be.instanceOf(RedisError);
    return error as RedisError;
  }
}

/** Clients of one test, stopped with it. */
export class RedisClients implements AsyncDisposable {
  readonly #clients: RedisClient[] = [];

  create(url: string, more: Partial<RedisClientSettings> = {}): RedisClient {
    const client = new RedisClient({ clientId: 'test', url, ...more });
    this.#clients.push(client);
    return client;
  }

  async start(url: string, more: Partial<RedisClientSettings> = {}): Promise<RedisClient> {
    const client = this.create(url, more);
    await client.start();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.stop()));
  }
}

/** Milliseconds until `promise` settles, either way. */
export async function timeOf(promise: Promise<unknown>): Promise<number> {
  return await timeSince(performance.now(), promise);
}

/** Milliseconds from `begin`, taken before `promise` was made, until it settles, either way: for what must not be too short. */
export async function timeSince(begin: number, promise: Promise<unknown>): Promise<number> {
  await Promise.allSettled([promise]);
  return performance.now() - begin;
}

/** A bare connection, for commands that the client does not have. End it with `link.redis.disconnect()`. */
export function openLink(url: string): Promise<Link> {
  const endpoint = createEndpoint({ clientId: 'probe', url });
  return Link.open(endpoint, { name: 'probe', timeoutMs: 4000, signal: new AbortController().signal });
}

/** Runs one command on a connection of its own. */
export async function runOnce(url: string, name: string, ...args: string[]): Promise<unknown> {
  const link = await openLink(url);
  try {
    return await link.redis.call(name, ...args);
  } finally {
    link.redis.disconnect();
    await link.closed;
  }
}

/** Resolves when so many replicas have what the server has now. WAIT counts from a write of the connection that asks. */
export async function replicated(url: string, replicas: number): Promise<void> {
  const link = await openLink(url);
  try {
    await link.redis.publish('replicated', '');
    const got = await link.redis.wait(replicas, 5_000);
    if (got < replicas) throw new Error(`${got} of ${replicas} replicas followed within 5 s.`);
  } finally {
    link.redis.disconnect();
    await link.closed;
  }
}

/**
 * What keeps the event loop alive, after it has gone round: a handle goes in the turn after its close, and mocha's own
 * timer for an asynchronous test is there from the first turn on.
 */
export async function openResources(): Promise<string[]> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().toSorted();
}
