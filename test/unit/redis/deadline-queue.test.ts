import { expect } from 'chai';
import { type SinonFakeTimers, useFakeTimers } from 'sinon';
import { DeadlineQueue, type Expirable } from '../../../src/redis/deadline-queue.js';

class Item implements Expirable {
  expiresAt = 0;
  settled = false;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

describe(DeadlineQueue.name, () => {
  let clock: SinonFakeTimers;
  let expired: string[];
  let queue: DeadlineQueue<Item>;

  beforeEach(() => {
    clock = useFakeTimers();
    expired = [];
    queue = new DeadlineQueue(1000, (item) => {
      item.settled = true;
      expired.push(item.name);
    });
  });

  afterEach(() => clock.restore());

  const add = (name: string): Item => {
    const item = new Item(name);
    queue.add(item);
    return item;
  };

  it('expires each item at its own time, in order', () => {
    add('first');
    clock.tick(600);
    add('second');
    clock.tick(399);
    expect(expired).to.deep.equal([]);
    clock.tick(2);
    expect(expired).to.deep.equal(['first']);
    clock.tick(600);
    expect(expired).to.deep.equal(['first', 'second']);
  });

  it('leaves settled items alone', () => {
    const first = add('first');
    add('second');
    first.settled = true;
    clock.tick(1001);
    expect(expired).to.deep.equal(['second']);
  });

  it('runs one timer, however many items there are, and none when all are settled', () => {
    const items = Array.from({ length: 1000 }, (_, index) => add(`${index}`));
    expect(clock.countTimers()).to.equal(1);
    for (const item of items) item.settled = true;
    clock.tick(1001);
    expect(clock.countTimers()).to.equal(0);
  });

  it('lets what a busy process has not read yet settle first', () => {
    const item = add('answered in time');
    // The answer is read after the timers of the same turn, and before its immediates.
    setTimeout(() => setImmediate(() => expect(expired).to.deep.equal([])), 1000);
    setTimeout(() => {
      item.settled = true;
    }, 1000);
    clock.tick(1002);
    expect(expired).to.deep.equal([]);
  });

  it('forgets everything when cleared', () => {
    add('first');
    queue.clear();
    expect(clock.countTimers()).to.equal(0);
    clock.tick(2000);
    expect(expired).to.deep.equal([]);
    add('second');
    clock.tick(1001);
    expect(expired).to.deep.equal(['second']);
  });
});
