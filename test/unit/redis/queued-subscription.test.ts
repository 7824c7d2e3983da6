import { expect } from 'chai';
import { type SinonSpy, type SinonStub, spy, stub } from 'sinon';
import type { PubSubMessage } from '../../../src/protocols/redis.js';
import { QueuedSubscription } from '../../../src/redis/subscription.js';

const message = (data: string): PubSubMessage => ({ type: 'message', channel: 'c', data });

describe(QueuedSubscription.name, () => {
  let onClose: SinonStub<[], Promise<void>>;
  let onDrop: SinonSpy;
  let subscription: QueuedSubscription;

  beforeEach(() => {
    onClose = stub<[], Promise<void>>().resolves();
    onDrop = spy();
    subscription = new QueuedSubscription({ channel: 'c', capacity: 3, onClose, onDrop });
  });

  it('gives messages in order, those that came before and those that come while it is read', async () => {
    subscription.push(message('1'));
    const iterator = subscription[Symbol.asyncIterator]();
    expect(await iterator.next()).to.deep.equal({ done: false, value: message('1') });
    const [second, third] = [iterator.next(), iterator.next()];
    subscription.push(message('2'));
    subscription.push(message('3'));
    expect(await second).to.deep.equal({ done: false, value: message('2') });
    expect(await third).to.deep.equal({ done: false, value: message('3') });
  });

  it('drops the oldest beyond its capacity, counts them, and tells once', async () => {
    for (const data of ['1', '2', '3', '4', '5']) subscription.push(message(data));
    expect(subscription.dropped).to.equal(2);
    expect(onDrop.callCount).to.equal(1);
    expect((await subscription[Symbol.asyncIterator]().next()).value).to.deep.equal(message('3'));
  });

  it('can be read on after a loop was left', async () => {
    for (const data of ['1', '2']) subscription.push(message(data));
    const seen: string[] = [];
    for await (const { data } of subscription) {
      seen.push(data);
      break;
    }
    for await (const { data } of subscription) {
      seen.push(data);
      break;
    }
    expect(seen).to.deep.equal(['1', '2']);
    expect(onClose.callCount).to.equal(0);
  });

  it('ends every reader when closed, drops what was not read, and closes once', async () => {
    const iterator = subscription.listen();
    await iterator.next();
    const waiting = iterator.next();
    await Promise.all([subscription.close(), subscription.close(), subscription[Symbol.asyncDispose]()]);
    expect((await waiting).done).to.equal(true);
    subscription.push(message('late'));
    expect((await subscription[Symbol.asyncIterator]().next()).done).to.equal(true);
    expect(onClose.callCount).to.equal(1);
  });

  it('tells its reader why it ended, once', async () => {
    const iterator = subscription[Symbol.asyncIterator]();
    const waiting = iterator.next();
    const reason = new Error('forbidden');
    subscription.end(reason);
    const failure: unknown = await waiting.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.equal(reason);
    const later = subscription[Symbol.asyncIterator]();
    const again: unknown = await later.next().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(again).to.equal(reason);
    expect((await later.next()).done).to.equal(true);
    await subscription.close();
    expect(onClose.callCount).to.equal(0);
  });
});
