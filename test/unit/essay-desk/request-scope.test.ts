import { EventEmitter, once } from 'node:events';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { ContentServiceProtocol } from '../../../examples/essay-desk/content-service.js';
import { Provider, RedisClientProtocol, Scope } from '../../../src/index.js';
import { handIn, startDesk } from '../../support/essay-desk.js';

const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

/** How the REQUEST scopes of one request ended. */
async function outcomes(failing: boolean): Promise<{ readonly error: unknown }[]> {
  const ended: { readonly error: unknown }[] = [];
  const spy = new Provider('spy').decorate(ContentServiceProtocol, {
    create: (inner) => (failing ? { createContent: () => Promise.reject(new Error('out of ink')) } : inner),
    release: (_service, { error }) => void ended.push({ error }),
  });
  await using desk = await startDesk(spy);
  const { status } = await handIn(desk.url, essay);
  expect(status).to.equal(failing ? 500 : 201);
  await desk.app.stop();
  return ended;
}

describe('the REQUEST scope of a request', () => {
  it('ends with the request', async () => {
    expect(await outcomes(false)).to.deep.equal([{ error: undefined }]);
  });

  it('ends with the error of the request', async () => {
    const errors = (await outcomes(true)).map(({ error }) => String(error));

    expect(errors).to.deep.equal(['Error: out of ink']);
  });

  it('is one of its own for each request', async () => {
    const made: unknown[] = [];
    const spy = new Provider('spy').decorate(ContentServiceProtocol, {
      scope: Scope.REQUEST,
      create: (inner) => {
        made.push(inner);
        return inner;
      },
    });
    await using desk = await startDesk(spy);
    await Promise.all([handIn(desk.url, essay), handIn(desk.url, { ...essay, title: 'On moons' })]);

    expect(new Set(made).size).to.equal(2);
  });

  it('ends, and is told in the log, where it cannot be closed', async () => {
    const spy = new Provider('spy').decorate(ContentServiceProtocol, {
      create: (inner) => inner,
      release: () => Promise.reject(new Error('the ink is dry')),
    });
    await using desk = await startDesk(spy);
    expect((await handIn(desk.url, essay)).status).to.equal(201);
    await desk.app.stop();

    const line = desk.log.records.find(({ message }) => message === 'Request failed after its reply');
    expect(JSON.stringify(line)).to.include('the ink is dry');
  });

  it('ends where the client has gone before its reply', async () => {
    await using desk = await startDesk();
    const redis = await desk.app.get(RedisClientProtocol);
    const door = new EventEmitter();
    const held = sinon.stub(redis, 'setIfNotExists').callsFake(async () => {
      await once(door, 'open');
      return true;
    });
    const leaving = new AbortController();
    const request = fetch(`${desk.url}/api/v1/essays`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(essay),
      signal: leaving.signal,
    }).catch((error: unknown) => error);
    while (held.callCount === 0) await new Promise(setImmediate);
    leaving.abort();
    expect(await request).to.be.instanceOf(Error);
    const begun = performance.now();
    const stopped = desk.app.stop();
    door.emit('open');
    await stopped;

    // A scope left open would be waited for.
    expect(performance.now() - begun).to.be.below(2000);
  });
});
