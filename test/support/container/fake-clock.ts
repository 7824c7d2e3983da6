import sinon from 'sinon';

/** Fake timers, with everything left as it is that node itself runs on. */
export function fakeClock(): sinon.SinonFakeTimers {
  const clock = sinon.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  // performance.now() is never 0 in real life.
  clock.tick(1);
  return clock;
}

/** Puts the real timers back. Gives how many fake ones were still set: each would have held the process. */
export function restored(clock: sinon.SinonFakeTimers): number {
  const left = clock.countTimers();
  clock.restore();
  return left;
}
