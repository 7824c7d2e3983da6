import { AssertionError } from 'chai';

type ErrorClass<E> = abstract new (...args: never[]) => E;

function checked<E>(Class: ErrorClass<E>, reason: unknown): E {
  if (reason instanceof Class) return reason;
  throw new AssertionError(`expected a ${Class.name}, but got ${String(reason)}`);
}

/** What `promise` rejects with, which has to be a `Class`. */
export async function rejection<E>(Class: ErrorClass<E>, promise: Promise<unknown>): Promise<E> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return checked(Class, error);
  }
  throw new AssertionError(`expected a rejection with a ${Class.name}, but it gave ${String(value)}`);
}

/** What `work` throws, which has to be a `Class`. */
export function thrown<E>(Class: ErrorClass<E>, work: () => unknown): E {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    return checked(Class, error);
  }
  throw new AssertionError(`expected a ${Class.name} to be thrown, but it gave ${String(value)}`);
}
