import { once } from 'node:events';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { WebSocket } from 'ws';
import { LiveUpdates } from '../../../examples/essay-desk/http/live-updates.js';
import { RedisClientProtocol, RedisPubSubProtocol, silentLogger } from '../../../src/index.js';
import { ask, handIn, LiveSocket, startDesk } from '../../support/essay-desk.js';

const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

describe('the WebSocket of the essay desk', () => {
  let desk: Awaited<ReturnType<typeof startDesk>>;

  beforeEach(async () => {
    desk = await startDesk();
  });

  afterEach(async () => {
    sinon.restore();
    await desk.app.stop();
  });

  function subscribers(userId: string): Promise<number> {
    return desk.app
      .get(RedisClientProtocol)
      .then((redis) => redis.publish(`ws:${userId}`, '{"event":"probe","data":{}}'));
  }

  /** Resolves when nobody is subscribed to the user's channel any more. */
  async function unsubscribed(userId: string): Promise<void> {
    while ((await subscribers(userId)) > 0) await new Promise(setImmediate);
  }

  it('brings word of an essay as { event, data } to its user alone', async () => {
    await using ada = await LiveSocket.open(desk.url, 'ada');
    await using second = await LiveSocket.open(desk.url, 'ada');
    await using bob = await LiveSocket.open(desk.url, 'bob');
    const { body } = await handIn(desk.url, essay);
    await handIn(desk.url, { ...essay, userId: 'bob', title: 'For bob' });

    const data = { essay_id: body['essayId'], event_id: body['eventId'], title: 'On stars' };
    expect(await ada.until('essay_created')).to.deep.equal({ event: 'essay_created', data });
    expect(await second.until('essay_created')).to.deep.equal({ event: 'essay_created', data });
    await bob.until('essay_created');
    expect(ada.received.map(({ event }) => event)).to.deep.equal(['subscribed', 'essay_created']);
    expect(bob.received).to.have.length(2);
  });

  for (const [what, userId] of [
    ['missing', undefined],
    ['empty', ''],
    ['not valid', 'a:b'],
    ['too long', 'x'.repeat(65)],
  ] as const) {
    it(`is closed with 1008 where the user is ${what}`, async () => {
      const { code, reason } = await new LiveSocket(desk.url, userId).closed;

      expect(code).to.equal(1008);
      expect(reason).to.include('userId');
    });
  }

  async function refusal(origin: string): Promise<number | undefined> {
    const { socket } = new LiveSocket(desk.url, 'ada', { origin });
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode?: number; resume(): void },
    ];
    response.resume();
    socket.on('error', () => {});
    socket.terminate();
    return response.statusCode;
  }

  for (const origin of ['https://elsewhere.example', 'null', 'http://127.0.0.1:1']) {
    it(`is refused to a page from ${origin}`, async () => {
      expect(await refusal(origin)).to.equal(403);
    });
  }

  it('is open to a page of its own', async () => {
    await using live = new LiveSocket(desk.url, 'ada', { origin: desk.url });

    expect(await live.until('subscribed')).to.deep.equal({ event: 'subscribed', data: { user_id: 'ada' } });
  });

  it('tells those who come by HTTP that it is a WebSocket', async () => {
    const answer = await ask(`${desk.url}/ws?userId=ada`);

    expect(answer.status).to.equal(426);
    expect(answer.body).to.have.nested.property('error.code', 'UPGRADE_REQUIRED');
  });

  it('ends its subscription when the client leaves, in order or not', async () => {
    const polite = await LiveSocket.open(desk.url, 'ada');
    const rude = await LiveSocket.open(desk.url, 'bob');
    expect(await subscribers('ada')).to.equal(1);
    polite.socket.close();
    rude.socket.terminate();

    await unsubscribed('ada');
    await unsubscribed('bob');
  });

  it('is closed with 1001 when the desk stops, which does not wait for it', async () => {
    await using live = await LiveSocket.open(desk.url, 'ada');
    const begun = performance.now();
    await desk.app.stop();

    expect((await live.closed).code).to.equal(1001);
    expect(performance.now() - begun).to.be.below(900);
  });

  it('is cut when the desk stops and its client does not answer', async () => {
    const live = await LiveSocket.open(desk.url, 'ada');
    live.socket.pause();
    await desk.app.stop();

    live.socket.resume();
    await live.closed;
  });

  it('is closed with 1013 when Redis is lost, and can be opened again when it is back', async () => {
    const live = await LiveSocket.open(desk.url, 'ada');
    desk.redis.faults.refuse();
    desk.redis.faults.cut();
    expect((await live.closed).code).to.equal(1013);

    desk.redis.faults.refuse(false);
    await using again = await LiveSocket.open(desk.url, 'ada');
    await handIn(desk.url, essay);
    await again.until('essay_created');
  });

  it('is closed with 1013 also where Redis was away too shortly to be seen', async () => {
    const live = await LiveSocket.open(desk.url, 'ada');
    desk.redis.faults.cut();

    expect((await live.closed).code).to.equal(1013);
  });

  it('is closed with 1013 where Redis does not take the subscription', async () => {
    const pubsub = await desk.app.get(RedisPubSubProtocol);
    sinon.stub(pubsub, 'subscribe').rejects(new Error('Redis is away'));

    expect((await new LiveSocket(desk.url, 'ada').closed).code).to.equal(1013);
    expect(desk.log.text).to.include('Live updates end');
  });

  it('is cut where its client does not read', async () => {
    const live = await LiveSocket.open(desk.url, 'ada');
    const redis = await desk.app.get(RedisClientProtocol);
    live.socket.pause();
    const text = JSON.stringify({ event: 'filler', data: { text: 'x'.repeat(200_000) } });
    let published = 0;
    // The kernel takes some megabytes before anything waits here.
    while ((await redis.publish('ws:ada', text)) > 0 && published < 500) {
      published += 1;
      await new Promise(setImmediate);
    }

    expect(published).to.be.below(500);
    expect(desk.log.text).to.include('A WebSocket that is not read was cut');
    live.socket.resume();
    await live.closed;
  });

  it('is closed where its client sends more than the desk reads', async () => {
    const live = await LiveSocket.open(desk.url, 'ada');
    live.socket.send('x'.repeat(5000));

    expect((await live.closed).code).to.equal(1009);
  });
});

describe(LiveUpdates.name, () => {
  it('cuts a socket that does not answer pings', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await using desk = await startDesk();
      const pubsub = await desk.app.get(RedisPubSubProtocol);
      const live = new LiveUpdates(pubsub, undefined, silentLogger);
      const socket = sinon.createStubInstance(WebSocket);
      live.accept(socket, 'ada');
      clock.tick(30_000);
      expect([socket.ping.callCount, socket.terminate.callCount]).to.deep.equal([1, 0]);
      socket.on.withArgs('pong').firstCall.args[1].call(socket);
      clock.tick(30_000);
      expect([socket.ping.callCount, socket.terminate.callCount]).to.deep.equal([2, 0]);
      clock.tick(30_000);
      expect(socket.terminate.callCount).to.equal(1);
      for (const [event, listener] of socket.once.args) if (event === 'close') listener.call(socket);
    } finally {
      clock.restore();
    }
  });
});
