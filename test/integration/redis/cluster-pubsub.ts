import { expect } from 'chai';
import { keySlot } from '../../../src/redis/cluster/key-slot.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { PubSubAccount } from '../../support/pubsub-account.js';
import { type RedisClients, runOnce } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { moveSlot, type RunningCluster } from '../../support/servers/redis-cluster.js';

/** Shard channels and streams of three servers, as the keys of these names. */
const names = ['a', 'b', 'c'] as const;

/** What is on one server of a cluster and follows its slot: for the suite that has a cluster running. */
export function clusterPubSub(running: () => { cluster: RunningCluster; clients: RedisClients }): void {
  describe('shard channels', () => {
    it('are subscribed to on the server of their slot, on one connection to each', async () => {
      const { cluster, clients } = running();
      const client = await clients.start(cluster.url, { clientId: 'shards' });
      const publisher = await clients.start(cluster.url);
      const channels = names.flatMap((name) => [`{${name}}1`, `{${name}}2`]);
      const subscriptions = await Promise.all(channels.map((name) => client.pubsub.ssubscribe(name)));
      expect(client.pubsub.subscriptions).to.equal(6);
      for (const name of channels) expect(await publisher.pubsub.spublish(name, name)).to.equal(1);
      for (const subscription of subscriptions) {
        for await (const { channel, data } of subscription) {
          expect([channel, data]).to.deep.equal([subscription.channel, subscription.channel]);
          break;
        }
      }
      for (const name of names) {
        const owner = await cluster.ownerOf(keySlot(name));
        const list = String(await runOnce(owner.url, 'client', 'list'));
        expect(list.split(' name=shards:pubsub ').length - 1, name).to.equal(1);
      }
      const [first, second] = subscriptions;
      await first?.close();
      expect(await publisher.pubsub.spublish('{a}1', 'nobody')).to.equal(0);
      expect(await publisher.pubsub.spublish('{a}2', 'still')).to.equal(1);
      expect([first?.gaps, second?.gaps, client.status.state]).to.deep.equal([0, 0, 'ready']);
      await client.pubsub.stop();
      expect(client.pubsub.subscriptions).to.equal(0);
    });

    it('follow a slot that was moved, and only those of that slot are told of a gap', async () => {
      const { cluster, clients } = running();
      const client = await clients.start(cluster.url);
      const publisher = await clients.start(cluster.url);
      const moving = await client.pubsub.ssubscribe('moving channel');
      const sibling = await client.pubsub.ssubscribe(await siblingOf(cluster, 'moving channel'));
      const account = new PubSubAccount(shardPublisher(publisher), [moving, sibling]);
      await account.settle();
      for (const turn of [1, 2]) {
        await publishWhile(account, () => moveSlot(cluster, keySlot('moving channel')));
        await until(() => moving.gaps >= turn);
        await account.settle();
      }
      const { unannounced, disordered } = account.balance();
      await account.close();
      expect({ unannounced, disordered }).to.deep.equal({ unannounced: 0, disordered: 0 });
      expect(sibling.gaps).to.equal(0);
    });
  });

  describe('durable streams', () => {
    it('are read on the server of their slot, by cursors and by groups', async () => {
      const { cluster, clients } = running();
      const client = await clients.start(cluster.url);
      for (const name of names) {
        const stream = `{${name}}stream`;
        await using cursor = await client.pubsub.subscribeDurable(stream);
        await using member = await client.pubsub.subscribeGroup(stream, { group: 'g', consumer: 'c' });
        await client.pubsub.publishDurable(stream, name);
        for await (const { data } of cursor) {
          expect(data).to.equal(name);
          break;
        }
        for await (const message of member) {
          expect(message.data).to.equal(name);
          expect(await message.ack()).to.equal(true);
          break;
        }
      }
    });

    it('follow a slot that is moved, and lose nothing', async () => {
      const { cluster, clients } = running();
      const client = await clients.start(cluster.url);
      const stream = 'moving stream';
      const cursor = await client.pubsub.subscribeDurable(stream);
      const member = await client.pubsub.subscribeGroup(stream, { group: 'g', consumer: 'c' });
      const read: string[] = [];
      const handled = new Set<string>();
      const reading = (async () => {
        for await (const { data } of cursor) read.push(data);
      })();
      const handling = (async () => {
        for await (const message of member) {
          await message.ack();
          handled.add(message.data);
        }
      })();
      const published: string[] = [];
      const publish = async (): Promise<void> => {
        const text = String(published.length);
        published.push(text);
        await client.pubsub.publishDurable(stream, text);
      };
      await publish();
      await until(() => read.length === 1 && handled.size === 1);
      await moveSlot(cluster, keySlot(stream), [stream], publish);
      await publish();
      await until(() => read.length >= published.length && handled.size >= published.length);
      await Promise.all([cursor.close(), member.close()]);
      await Promise.all([reading, handling]);
      expect(read).to.deep.equal(published);
      expect([cursor.gaps, member.gaps]).to.deep.equal([0, 0]);
    });
  });
}

/** Shard channels in place of channels. */
export function shardPublisher({ pubsub }: RedisClient): Pick<RedisClient['pubsub'], 'publish'> {
  return { publish: (channel, message) => pubsub.spublish(channel, message) };
}

/** A channel of another slot of the same server. */
async function siblingOf(cluster: RunningCluster, channel: string): Promise<string> {
  const owner = await cluster.ownerOf(keySlot(channel));
  for (let number = 0; ; number += 1) {
    const name = `sibling ${number}`;
    if ((await cluster.ownerOf(keySlot(name))).port === owner.port) return name;
  }
}

/** Publishes over and over until `work` is done. */
async function publishWhile(account: PubSubAccount, work: () => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const publishing = (async () => {
    // The slot may have no server for a moment.
    while (!ended.signal.aborted) await account.publish().catch(() => false);
  })();
  try {
    await work();
  } finally {
    ended.abort();
    await publishing;
  }
}
