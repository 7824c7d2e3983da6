type NextTick = typeof process.nextTick;

/** Unbound: what stands there is put back as it was. */
const current = (): NextTick => Reflect.get(process, 'nextTick');
const original = current();
const nextTick = original.bind(process);
/** Not the original: a fake clock leaves properties of its own on what it finds in place. */
const real: NextTick = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
  nextTick(callback, ...args);

let holders = 0;
/** What a test has put in the place of `process.nextTick`, or the original. */
let given = original;

/**
 * Keeps `process.nextTick` real. sinon's fake clock takes it along unless it is told not to, and holds what is called by
 * it until the clock is moved. It is no time: all streams of Node, sockets and those of the servers in this process,
 * hand on their bytes by it, and stand still without.
 * @returns what ends that: then the test has what it put in its place.
 */
export function holdRealTicks(): () => void {
  if (holders === 0) given = current();
  holders += 1;
  define({
    get: () => (holders > 0 ? real : given),
    set: (value: NextTick) => {
      given = value === real ? original : value;
      restoreIfOver();
    },
  });
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    holders -= 1;
    restoreIfOver();
  };
}

/** A clock that is still in place gives back later what it found, which was ours. */
function restoreIfOver(): void {
  if (holders === 0 && given === original) define({ value: original, writable: true });
}

function define(property: PropertyDescriptor): void {
  Object.defineProperty(process, 'nextTick', { ...property, configurable: true, enumerable: true });
}
