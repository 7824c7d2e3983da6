import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { HttpServer } from '../../../examples/essay-desk/http/server.js';
import { RedisClientProtocol } from '../../../src/index.js';
import type { TestApplication } from '../../../src/testing/index.js';
import { handIn, LiveSocket, testDesk, urlOf } from '../../support/essay-desk.js';

const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

describe('the stop of the essay desk', () => {
  let desk: TestApplication;
  let url: string;

  beforeEach(async () => {
    // However busy the machine is, nothing here is cut.
    desk = await testDesk({ servers: 'memory', drainTimeoutMs: 20_000 });
    url = urlOf(desk);
  });

  afterEach(async () => {
    sinon.restore();
    await desk.stop();
  });

  it('takes no connection any more, and finishes what the desk is at', async () => {
    let answerFirst!: () => void;
    const redis = await desk.get(RedisClientProtocol);
    const held = sinon.stub(redis, 'setIfNotExists').callsFake(
      () =>
        new Promise((resolve) => {
          answerFirst = () => resolve(true);
        }),
    );
    const first = handIn(url, essay);
    while (held.callCount === 0) await new Promise(setImmediate);
    const stopped = desk.stop();
    const second = await handIn(url, { ...essay, title: 'Too late' }).catch((error: Error) => error.cause);
    answerFirst();

    expect(second).to.have.property('code', 'ECONNREFUSED');
    expect((await first).status).to.equal(201);
    await stopped;
  });

  it('finishes the essay of a client that has gone', async () => {
    const redis = await desk.get(RedisClientProtocol);
    let goOn!: () => void;
    const held = sinon.stub(redis, 'setIfNotExists').callsFake(
      () =>
        new Promise((resolve) => {
          goOn = () => resolve(true);
        }),
    );
    const leaving = new AbortController();
    const request = fetch(`${url}/api/v1/essays`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(essay),
      signal: leaving.signal,
    }).catch((error: unknown) => error);
    while (held.callCount === 0) await new Promise(setImmediate);
    leaving.abort();
    expect(await request).to.be.instanceOf(Error);
    const stopped = desk.stop();
    goOn();
    await stopped;

    expect([...desk.published].map(({ topic }) => topic)).to.deep.equal(['content-events']);
  });

  it('does not wait long for who holds a connection open', async () => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'close');
    await desk.stop();

    await closed;
  });

  it('cuts a WebSocket whose client does not answer', async () => {
    const live = await LiveSocket.open(url, 'ada');
    live.socket.pause();
    await desk.stop();

    live.socket.resume();
    await live.closed;
  });

  it('closes the server before the clients', async () => {
    const server = desk.getSync(HttpServer);
    const redis = await desk.get(RedisClientProtocol);
    let wasListening: boolean | undefined;
    const stop = redis as typeof redis & { stop(): Promise<void> };
    sinon.stub(stop, 'stop').callsFake(() => {
      wasListening = server.server.listening;
      sinon.restore();
      return stop.stop();
    });
    await desk.stop();

    expect(wasListening).to.equal(false);
  });
});
