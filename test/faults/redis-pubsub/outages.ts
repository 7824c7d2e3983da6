import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClients } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { PubSubAccount } from '../../support/pubsub-account.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import type { Result } from '../suite.js';

/** What may happen to a server or to the way to it. */
export interface Outage {
  readonly name: string;
  readonly begin: (server: RunningRedis, proxy: TcpProxy) => Promise<void> | void;
  readonly end: (server: RunningRedis, proxy: TcpProxy) => Promise<void> | void;
}

export const outages: readonly Outage[] = [
  { name: 'sigstop', begin: (server) => server.pause(), end: (server) => server.resume() },
  { name: 'kill', begin: (server) => server.kill(), end: (server) => server.restart() },
  {
    name: 'black-hole',
    begin: (_, proxy) => proxy.blackHole(),
    end: (_, proxy) => proxy.blackHole(false),
  },
];

/** The latest a dead link may be found, and the latest the service may be back. */
const foundWithinMs = 3000;
const backWithinMs = 5000;

interface Scene extends AsyncDisposable {
  readonly server: RunningRedis;
  readonly proxy: TcpProxy;
  readonly clients: RedisClients;
}

async function openScene(): Promise<Scene> {
  const server = await startRedis();
  const proxy = await TcpProxy.start(server.port);
  const clients = new RedisClients();
  return {
    server,
    proxy,
    clients,
    [Symbol.asyncDispose]: async () => {
      await clients[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Calls `publish` again and again; it ends where that is disposed of. */
function publishing(publish: () => Promise<unknown>): AsyncDisposable {
  const running = new AbortController();
  const loop = (async () => {
    while (!running.signal.aborted) {
      // What is not answered is not counted as published.
      void publish().catch(() => {});
      await sleep(10);
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      running.abort();
      await loop;
    },
  };
}

/**
 * Subscriptions while messages are published all the time: who misses one must have been told.
 * @param slackMs for a busy machine.
 */
export async function channelsOver(outage: Outage, durationMs: number, slackMs: number): Promise<Result> {
  await using scene = await openScene();
  const { server, proxy, clients } = scene;
  const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
  const publisher = await clients.start(server.url);
  const channels = Array.from({ length: 10 }, (_, index) => `channel ${index}`);
  const subscriptions = await Promise.all(channels.map((channel) => redis.subscribe(channel)));
  const account = new PubSubAccount(publisher.pubsub, subscriptions);
  let foundMs: number;
  let backMs: number;
  {
    await using _ = publishing(() => account.publish());
    await sleep(1000);
    const begin = performance.now();
    await outage.begin(server, proxy);
    await until(
      () => redis.pubsub.connection.state === 'unavailable',
      'the connection counts as lost',
      10_000,
    );
    foundMs = Math.round(performance.now() - begin);
    await sleep(Math.max(0, durationMs - foundMs));
    await outage.end(server, proxy);
    const end = performance.now();
    await account.publishUntilHeard(20_000);
    backMs = Math.round(performance.now() - end);
  }
  await account.settle(20_000);
  const balance = account.balance();
  await account.close();
  return {
    id: `redis.pubsub.${outage.name}`,
    ok:
      balance.unannounced === 0 &&
      balance.disordered === 0 &&
      balance.gaps >= subscriptions.length &&
      foundMs <= foundWithinMs + slackMs &&
      backMs <= backWithinMs + slackMs,
    ...balance,
    foundMs,
    backMs,
  };
}

/** A stream that is read by a cursor and by a member of a group, while messages are published all the time. */
export async function streamsOver(outage: Outage, durationMs: number): Promise<Result> {
  await using scene = await openScene();
  const { server, proxy, clients } = scene;
  const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
  const publisher = await clients.start(server.url);
  await using cursor = await redis.pubsub.subscribeDurable('stream');
  await using member = await redis.pubsub.subscribeGroup('stream', { group: 'group', consumer: 'one' });
  const published: string[] = [];
  const read: string[] = [];
  const handled: string[] = [];
  const reading = (async () => {
    for await (const { data } of cursor) read.push(data);
  })();
  const handling = (async () => {
    for await (const message of member) {
      // A lost answer is no reason to stop: it is given again to who joins next.
      await message.ack().catch(() => {});
      handled.push(message.data);
    }
  })();
  let number = 0;
  const publish = async (): Promise<void> => {
    const text = String((number += 1));
    await publisher.pubsub.publishDurable('stream', text, { maxLength: Infinity });
    published.push(text);
  };
  {
    await using _ = publishing(publish);
    await sleep(1000);
    await outage.begin(server, proxy);
    await sleep(durationMs);
    await outage.end(server, proxy);
    await until(
      () => redis.status.state === 'ready' && publisher.status.state === 'ready',
      'both clients are ready',
      20_000,
    );
    await sleep(500);
  }
  const last = publish();
  await last;
  const end = performance.now();
  const missing = (seen: readonly string[]): number => {
    const known = new Set(seen);
    return published.filter((text) => !known.has(text)).length;
  };
  await until(() => missing(read) + missing(handled) === 0, 'nothing is missing', 20_000).catch(() => {});
  const caughtUpMs = Math.round(performance.now() - end);
  await Promise.all([cursor.close(), member.close()]);
  await Promise.all([reading, handling]);
  const repeated = read.length - new Set(read).size;
  return {
    id: `redis.durable.${outage.name}`,
    ok: missing(read) === 0 && missing(handled) === 0 && repeated === 0 && cursor.gaps === 0,
    published: published.length,
    lost: missing(read) + missing(handled),
    duplicated: repeated,
    gaps: cursor.gaps + member.gaps,
    caughtUpMs,
  };
}
