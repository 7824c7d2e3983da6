import type { Socket } from 'node:net';
import { expect } from 'chai';
import { RedisClient } from '../../../src/index.js';
import type { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { RedisPubSub } from '../../../src/redis/redis-pubsub.js';
import { memoryLogger } from '../../support/memory-log.js';
import { PubSubAccount } from '../../support/pubsub-account.js';
import { RedisClients, redisErrorOf } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { startScriptedServer } from '../../support/scripted-server.js';

const confirmation = '>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n';

/** Answers what the driver's handshake is content with, PING, and SUBSCRIBE as it is told. */
function answerEach(socket: Socket, chunk: string, subscribed: () => string): void {
  for (const request of chunk.split(/^\*/m).slice(1)) {
    if (request.includes('subscribe')) socket.write(subscribed());
    else socket.write(request.includes('ping') ? '+PONG\r\n' : '+OK\r\n');
  }
}

describe(RedisPubSub.name, () => {
  const clients = new RedisClients();

  afterEach(() => clients[Symbol.asyncDispose]());

  it('brings everything back after 20 cuts, some within SUBSCRIBE, and announces every loss', async () => {
    const redis = await clients.start('memory://twenty-cuts');
    const publisher = await clients.start('memory://twenty-cuts');
    const { faults } = redis.memory as MemoryRedisServer;
    const channels = Array.from({ length: 10 }, (_, index) => `cuts ${index}`);
    const subscriptions = await Promise.all([
      ...channels.map((channel) => redis.pubsub.subscribe(channel)),
      redis.pubsub.psubscribe('cuts [0-4]'),
      redis.pubsub.ssubscribe('cuts'),
    ]);
    const account = new PubSubAccount(publisher.pubsub, subscriptions.slice(0, 10));
    // The publisher is cut as well; it must not count what it does not know to be published.
    const publish = (): Promise<unknown> => account.publish().catch(() => {});
    for (let cut = 0; cut < 20; cut += 1) {
      await publish();
      if (cut % 2 === 1) faults.loseReply(cut % 4 === 1 ? 'subscribe' : 'psubscribe');
      faults.cut();
      await account.publishUntilHeard(5000);
    }
    await account.settle();
    const { unannounced, disordered } = account.balance();
    expect({ unannounced, disordered }).to.deep.equal({ unannounced: 0, disordered: 0 });
    for (const { channel, gaps } of subscriptions) expect(gaps, channel).to.be.within(20, 40);
    expect(await publisher.pubsub.spublish('cuts', 'x')).to.equal(1);
    await account.close();
  });

  it('asks again for what the server refused to renew for a reason that passes', async () => {
    let asked = 0;
    await using server = await startScriptedServer((socket, chunk) => {
      answerEach(socket, chunk, () => {
        asked += 1;
        if (asked === 1) setImmediate(() => socket.destroy());
        return asked === 2 || asked === 3 ? '-BUSY Redis is busy running a script.\r\n' : confirmation;
      });
    });
    const redis = await clients.start(server.url);
    const subscription = await redis.subscribe('c');
    await until(() => subscription.gaps === 1);
    expect(asked).to.equal(4);
    await redis.stop();
  });

  it('rejects a first subscription that is refused, with the words of the server', async () => {
    await using server = await startScriptedServer((socket, chunk) => {
      answerEach(socket, chunk, () => '-ERR no channels here\r\n');
    });
    const redis = await clients.start(server.url);
    const error = await redisErrorOf(redis.subscribe('c'));
    expect(error.code).to.equal('SLIPWAY_REDIS_COMMAND');
    expect(error.message).to.contain('no channels here');
    expect(redis.pubsub.subscriptions).to.equal(0);
    await redis.stop();
  });

  it('logs once that subscriptions are renewed, and once that one loses messages', async () => {
    const { log, factory } = memoryLogger();
    await using redis = new RedisClient({ clientId: 'test', url: 'memory://' }, factory);
    await redis.start();
    const subscriptions = await Promise.all(
      ['a', 'b', 'c'].map((channel) => redis.subscribe(channel, { capacity: 2 })),
    );
    (redis.memory as MemoryRedisServer).faults.cut();
    await until(() => subscriptions.every(({ gaps }) => gaps === 1));
    for (let round = 0; round < 5; round += 1) await redis.publish('a', `${round}`);
    await until(() => subscriptions[0]?.dropped === 3);
    const messages = log.records.map(({ message, event }) => String(message ?? event));
    expect(messages.filter((text) => text.includes('renewed'))).to.have.length(1);
    expect(messages.filter((text) => text.includes('too slow'))).to.have.length(1);
  });

  it('is degraded while the connection of a stream is away', async () => {
    const redis = await clients.start('memory://');
    const server = redis.memory as MemoryRedisServer;
    await using reader = await redis.pubsub.subscribeDurable('s');
    const connection = server.connections.find(({ name }) => name === 'test:stream');
    server.faults.refuse();
    connection?.cut();
    await until(() => redis.status.state === 'degraded');
    expect(redis.status.lastError).to.contain('SLIPWAY_REDIS_');
    server.faults.refuse(false);
    await until(() => redis.status.state === 'ready');
    expect(redis.status.reconnects).to.equal(1);
    expect(reader.gaps).to.equal(0);
  });
});
