import { once } from 'node:events';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { RedisClientProtocol, RedisPubSubProtocol } from '../../../../src/index.js';
import type { TestApplication } from '../../../../src/testing/index.js';
import { LiveSocket, post, testDesk, urlOf } from '../../../support/essay-desk.js';

const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

// In this process by default; SLIPWAY_TEST_REAL=1 puts the same tests on real servers.
describe('the WebSocket of the essay desk', function () {
  this.timeout(60_000);
  let desk: TestApplication;
  let url: string;

  before(async () => {
    desk = await testDesk();
    url = urlOf(desk);
  });

  after(() => desk.stop());

  /** Resolves when nobody is subscribed to the user's channel any more. */
  async function unsubscribed(userId: string): Promise<void> {
    const redis = await desk.get(RedisClientProtocol);
    while ((await redis.publish(`ws:${userId}`, '{"event":"probe","data":{}}')) > 0) {
      await new Promise(setImmediate);
    }
  }

  it('brings word of an essay as { event, data } to its user alone', async () => {
    await using ada = await LiveSocket.open(url, 'ada');
    await using second = await LiveSocket.open(url, 'ada');
    await using bob = await LiveSocket.open(url, 'bob');
    const { body } = await post(desk, essay);
    await post(desk, { ...essay, userId: 'bob', title: 'For bob' });

    const data = { essay_id: body['essayId'], event_id: body['eventId'], title: 'On stars' };
    expect(await ada.until('essay_created')).to.deep.equal({ event: 'essay_created', data });
    expect(await second.until('essay_created')).to.deep.equal({ event: 'essay_created', data });
    await bob.until('essay_created');
    expect(ada.received.map(({ event }) => event)).to.deep.equal(['subscribed', 'essay_created']);
    expect(bob.received).to.have.length(2);
  });

  /** The answer to one that is refused. */
  async function refusal(userId: string | undefined, headers: Readonly<Record<string, string>> = {}) {
    const { socket } = new LiveSocket(url, userId, headers);
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      NodeJS.ReadableStream & { readonly statusCode?: number },
    ];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    socket.terminate();
    const { error } = JSON.parse(body) as { readonly error: Readonly<Record<string, unknown>> };
    return { status: response.statusCode, error };
  }

  for (const [what, userId] of [
    ['missing', undefined],
    ['empty', ''],
    ['not valid', 'a:b'],
    ['too long', 'x'.repeat(65)],
  ] as const) {
    it(`is refused with 400 where the user is ${what}`, async () => {
      const { status, error } = await refusal(userId);

      expect(status).to.equal(400);
      expect(error).to.include({ code: 'INVALID_REQUEST', service: 'essay-desk' });
      expect(error['message']).to.match(/^userId must be /);
    });
  }

  for (const origin of ['https://elsewhere.example', 'null', 'http://127.0.0.1:1']) {
    it(`is refused to a page from ${origin}`, async () => {
      expect((await refusal('ada', { origin })).status).to.equal(403);
    });
  }

  it('is open to a page of its own', async () => {
    await using live = new LiveSocket(url, 'ada', { origin: url });

    expect(await live.until('subscribed')).to.deep.equal({ event: 'subscribed', data: { user_id: 'ada' } });
  });

  it('ends its subscription when the client leaves, in order or not', async () => {
    const polite = await LiveSocket.open(url, 'eve');
    const rude = await LiveSocket.open(url, 'mallory');
    polite.socket.close();
    rude.socket.terminate();

    await unsubscribed('eve');
    await unsubscribed('mallory');
  });

  it('is closed with 1013 where Redis does not take the subscription', async () => {
    const pubsub = await desk.get(RedisPubSubProtocol);
    const subscribe = sinon.stub(pubsub, 'subscribe').rejects(new Error('Redis is away'));

    expect((await new LiveSocket(url, 'ada').closed).code).to.equal(1013);
    subscribe.restore();
  });

  it('is closed with 1001 when the desk stops', async () => {
    const other = await testDesk();
    await using live = await LiveSocket.open(urlOf(other), 'ada');
    await other.stop();

    expect((await live.closed).code).to.equal(1001);
  });
});
