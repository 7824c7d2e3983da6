// Kept from before any test can put fake timers in its place.
const { setImmediate: realSetImmediate } = globalThis;

/** A promise that the test settles itself. */
export class Deferred<T = void> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A test may settle it when nobody listens any more.
    this.promise.catch(() => undefined);
  }
}

/** Lets everything run that waits for nothing but promises already settled. Works under fake timers too. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => realSetImmediate(resolve));
}

/** Lets so many microtasks run. */
export async function microtasks(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await Promise.resolve();
}

/** Has `promise` settled once everything that can run has run? */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const settled = (): void => {
    pending = false;
  };
  promise.then(settled, settled);
  await quiet();
  return pending;
}
