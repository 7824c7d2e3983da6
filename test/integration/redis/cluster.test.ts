import { inspect } from 'node:util';
import { expect } from 'chai';
import { defineScript } from '../../../src/index.js';
import { keySlot } from '../../../src/redis/cluster/key-slot.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import { PubSubAccount } from '../../support/pubsub-account.js';
import { openResources, RedisClients, redisErrorOf, replicated } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { incrementInSession, incrementInTransaction, Load } from '../../support/redis-load.js';
import { moveSlot, type RunningCluster, startCluster } from '../../support/servers/redis-cluster.js';
import { startRedis } from '../../support/servers/redis-server.js';
import { clusterPubSub, shardPublisher } from './cluster-pubsub.js';

/** Keys of three servers: their slots are 15495, 3300 and 7365. */
const [a, b, c] = ['a', 'b', 'c'] as const;
const password = 'hunter2-cluster';

describe('RedisClient on a cluster', () => {
  let certificate: Certificate;
  let cluster: RunningCluster;
  let clients: RedisClients;

  before(async function () {
    this.timeout(60_000);
    certificate = await selfSignedCertificate();
    cluster = await startCluster({ password, certificate });
  });

  after(async () => {
    await cluster[Symbol.asyncDispose]();
    certificate[Symbol.dispose]();
  });

  beforeEach(() => {
    clients = new RedisClients();
  });

  afterEach(() => clients[Symbol.asyncDispose]());

  it('sends each command to the server of its keys, and those without keys to any or all', async () => {
    const client = await clients.start(cluster.url);
    expect(client.status.state).to.equal('ready');
    const keys = Array.from({ length: 60 }, (_, index) => `each:${index}`);
    await Promise.all(keys.map((key) => client.set(key, key)));
    expect(await Promise.all(keys.map((key) => client.get(key)))).to.deep.equal(keys);
    expect((await client.scanPattern('each:*')).toSorted()).to.deep.equal(keys.toSorted());
    expect(await client.ping()).to.equal(true);
    await client.mset({ '{t}1': 'x', '{t}2': 'y' });
    expect(await client.mget('{t}1', '{t}2')).to.deep.equal(['x', 'y']);
    expect(await client.delete('{t}1', '{t}2')).to.equal(2);
  });

  it('runs scripts on every server', async () => {
    const client = await clients.start(cluster.url);
    const script = defineScript({ source: "return redis.call('INCR', KEYS[1])", decode: Number });
    const sha = await client.registerScript('return KEYS[1]');
    for (const key of [a, b, c]) {
      expect(await client.runScript(script, [`script:${key}`], [])).to.equal(1);
      expect(await client.executeScript(sha, [key], [])).to.equal(key);
    }
  });

  it('waits with blpop on the server of its keys, and stop() ends the waits', async () => {
    const client = await clients.start(cluster.url);
    for (const key of [a, b, c]) {
      const popped = client.blpop([`list:${key}`], 5);
      await client.rpush(`list:${key}`, key);
      expect(await popped).to.deep.equal([`list:${key}`, key]);
    }
    const waits = [a, b].map((key) => redisErrorOf(client.blpop([`list:${key}`], 0)));
    await until(async () => (await client.ping()) && true);
    await client.stop();
    for (const error of await Promise.all(waits)) expect(error.code).to.equal('SLIPWAY_REDIS_STOPPED');
  });

  it('refuses keys of different slots, says why, and applies nothing', async () => {
    const client = await clients.start(cluster.url);
    await client.set(a, '1');
    const refused: readonly Promise<unknown>[] = [
      client.mget(a, b),
      client.delete(a, b),
      client.exists(a, b),
      client.mset({ [a]: 'x', [b]: 'y' }),
      client.executeScript('0'.repeat(40), [a, b], []),
      client.blpop([a, b], 1),
      client.transaction([a, b], () => {}),
      client.transaction([a], (tx) => tx.multi().set(a, '2').set(b, '2')),
      client.transaction([a], async (tx) => tx.get(b)),
      client.createTransactionPipeline(a, b),
    ];
    for (const error of await Promise.all(refused.map(redisErrorOf))) {
      expect(error.code).to.equal('SLIPWAY_REDIS_CROSS_SLOT');
      expect(error.message).to.contain('hash tag').and.contain('"a"').and.contain('"b"');
      expect(error.maybeApplied).to.equal(false);
    }
    await using session = await client.session();
    await session.watch(a);
    expect((await redisErrorOf(session.get(b))).code).to.equal('SLIPWAY_REDIS_CROSS_SLOT');
    await session.multi();
    await session.set(a, '3');
    await session.set(b, '3');
    expect((await redisErrorOf(session.exec())).code).to.equal('SLIPWAY_REDIS_CROSS_SLOT');
    expect([await client.get(a), await client.get(b)]).to.deep.equal(['1', null]);
    const keyless = await redisErrorOf(client.transaction([], (tx) => tx.multi().set(a, '4')));
    expect(keyless.code).to.equal('SLIPWAY_REDIS_ARGUMENT');
    expect(() => client.raw).to.throw('no raw client');
    expect(await client.get(a)).to.equal('1');
  });

  it('runs transactions, pipelines and sessions within a slot', async () => {
    const client = await clients.start(cluster.url);
    for (const key of [a, b, c]) {
      await client.set(`{${key}}n`, '1');
      await incrementInTransaction(client, `{${key}}n`);
      await incrementInSession(client, `{${key}}n`);
      await using pipeline = await client.createTransactionPipeline();
      const queue = pipeline.multi();
      queue.incr(`{${key}}n`);
      queue.set(`{${key}}m`, 'x');
      expect(await pipeline.execute()).to.deep.equal([4, true]);
    }
  });

  it('follows a slot that is being moved, and one that was', async () => {
    const client = await clients.start(cluster.url);
    const key = 'moving';
    await client.set(key, '1');
    await moveSlot(cluster, keySlot(key), [key], async () => {
      expect(await client.incr(key), 'moved, its slot not: ASK').to.equal(2);
    });
    const all = await Promise.all([client.incr(key), client.incr(key), incrementInTransaction(client, key)]);
    expect(all.length).to.equal(3);
    expect(await client.get(key)).to.equal('5');
    expect(client.status.state).to.equal('ready');
  });

  clusterPubSub(() => ({ cluster, clients }));

  it('goes on after a master was killed, and never stops on the others', async function () {
    this.timeout(60_000);
    const client = await clients.start(cluster.url);
    const publisher = await clients.start(cluster.url);
    const master = await cluster.ownerOf(keySlot(b));
    const seen: string[] = [];
    const subscription = await client.subscribe('news');
    const reading = (async () => {
      for await (const message of subscription) if (message.type === 'message') seen.push(message.data);
    })();
    const shard = await client.pubsub.ssubscribe(`{${b}}shard`);
    const account = new PubSubAccount(shardPublisher(publisher), [shard]);
    await account.settle();
    await using cursor = await client.pubsub.subscribeDurable(`{${b}}killed`);
    const { hit, others } = loadsOn(client);
    const loads = [...hit, ...others];
    await until(() => loads.every(({ load }) => load.acknowledged >= 20));
    const surely = hit.map(({ load }) => load.acknowledged);
    await replicated(master.url, 1);

    await master.kill();
    const counts = hit.map(({ load }) => load.acknowledged);
    const otherCounts = others.map(({ load }) => load.acknowledged);
    await until(() => others.every(({ load }, index) => load.acknowledged >= (otherCounts[index] ?? 0) + 20));
    await until(
      () => hit.every(({ load }, index) => load.acknowledged >= (counts[index] ?? 0) + 20),
      'writes are acknowledged again',
      10_000,
    );
    await until(
      async () => {
        await publisher.publish('news', 'after').catch(() => 0);
        return seen.includes('after');
      },
      'messages arrive again',
      6000,
    );
    await account.settle();
    const { unannounced, disordered, gaps } = account.balance();
    expect({ unannounced, disordered }).to.deep.equal({ unannounced: 0, disordered: 0 });
    expect(gaps).to.be.greaterThan(0);
    await account.close();
    await publisher.pubsub.publishDurable(`{${b}}killed`, 'after');
    for await (const { data } of cursor) {
      expect(data).to.equal('after');
      break;
    }
    await Promise.all(loads.map(({ load }) => load.end()));

    for (const [index, { key, load }] of loads.entries()) {
      const { acknowledged, doubtful, unexpected } = load;
      expect(unexpected, inspect(unexpected)).to.have.lengthOf(0);
      // Replicas follow a moment later: what the dead master acknowledged in its last one may be gone with it.
      const lastMoment = index < hit.length ? (counts[index] ?? 0) - (surely[index] ?? 0) : 0;
      expect(Number(await client.get(key)), key).to.be.within(
        acknowledged - lastMoment,
        acknowledged + doubtful,
      );
    }
    for (const { key, load } of others) expect(load.doubtful, key).to.equal(0);
    await until(() => client.status.state === 'ready');
    await subscription.close();
    await reading;
    const late = await clients.start(cluster.url);
    expect(await late.get(`${b}1`)).to.equal(await client.get(`${b}1`));
    await master.restart();
  });

  it('runs commands, transactions and subscriptions over TLS, with a certificate and a password', async () => {
    const { tls } = certificate;
    const client = await clients.start(cluster.tlsUrl, { tls });
    for (const key of [a, b, c]) {
      await client.set(`{${key}}tls`, '1');
      await incrementInTransaction(client, `{${key}}tls`);
      await incrementInSession(client, `{${key}}tls`);
      expect(await client.get(`{${key}}tls`)).to.equal('3');
      const shard = await client.pubsub.ssubscribe(`{${key}}tls`);
      expect(await client.pubsub.spublish(`{${key}}tls`, 'x')).to.equal(1);
      await shard.close();
      await using member = await client.pubsub.subscribeGroup(`{${key}}s`, { group: 'g', consumer: 'c' });
      await client.pubsub.publishDurable(`{${key}}s`, 'x');
      for await (const message of member) {
        expect(await message.ack()).to.equal(true);
        break;
      }
    }
    await using news = await client.subscribe('tls');
    await until(async () => (await client.publish('tls', 'x')) > 0 || news.gaps > 0);
    const key = 'moving over tls';
    await client.set(key, 'x');
    await moveSlot(cluster, keySlot(key), [key]);
    expect(await client.get(key), 'a redirection names the port for TLS').to.equal('x');
    expect(client.status.state).to.equal('ready');
  });

  it('refuses to start over TLS without a certificate, and with the wrong password', async () => {
    const { ca } = certificate.tls;
    const none = await redisErrorOf(clients.start(cluster.tlsUrl, { tls: { ca } }));
    expect(none.code).to.equal('SLIPWAY_REDIS_TLS');
    for (const url of [cluster.url, cluster.tlsUrl]) {
      const tls = url === cluster.url ? {} : { tls: certificate.tls };
      const wrong = await redisErrorOf(clients.start(url.replace(password, 'wrong'), tls));
      expect(wrong.code).to.equal('SLIPWAY_REDIS_WRONG_PASSWORD');
      const missing = await redisErrorOf(clients.start(url.replace(`:${password}@`, ''), tls));
      expect(missing.code).to.equal('SLIPWAY_REDIS_NO_AUTH');
      expect(inspect([wrong, missing], { depth: 20, showHidden: true })).to.not.contain(password);
    }
  });

  it('leaves nothing open when it is stopped, and starts anew', async () => {
    const before = await openResources();
    const client = await clients.start(cluster.url);
    await client.set(a, 'x');
    await incrementInTransaction(client, '{a}n');
    await client.stop();
    await until(
      async () => (await openResources()).join() === before.join(),
      'nothing more is open than before',
      3000,
    );
    expect((await redisErrorOf(client.get(a))).code).to.equal('SLIPWAY_REDIS_STOPPED');
    await client.start();
    expect(await client.get(a)).to.equal('x');
  });

  it('says that a server is in no cluster, and that one of a cluster is no single server', async () => {
    await using single = await startRedis();
    const none = await redisErrorOf(clients.start(single.url.replace('redis:', 'redis-cluster:')));
    expect(none.code).to.equal('SLIPWAY_REDIS_NO_CLUSTER');
    const owner = await cluster.ownerOf(keySlot(a));
    const client = await clients.start(owner.url);
    const moved = await redisErrorOf(client.get(keySlot(b) === keySlot(a) ? c : b));
    expect(moved.code).to.equal('SLIPWAY_REDIS_MOVED');
    expect(moved.message).to.contain('redis-cluster://');
  });
});

/** Counters on the server that has `b`, and on the two others. */
function loadsOn(client: RedisClient): Record<'hit' | 'others', { key: string; load: Load }[]> {
  const on = (prefix: string): { key: string; load: Load }[] => [
    { key: `{${prefix}}1`, load: new Load(() => client.incr(`{${prefix}}1`)) },
    { key: `{${prefix}}2`, load: new Load(() => incrementInTransaction(client, `{${prefix}}2`)) },
    { key: `{${prefix}}3`, load: new Load(() => incrementInSession(client, `{${prefix}}3`)) },
  ];
  return { hit: on(b), others: [...on(a), ...on(c)] };
}
