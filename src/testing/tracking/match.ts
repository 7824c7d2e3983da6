import { inspect, isDeepStrictEqual } from 'node:util';

interface Matcher {
  test(value: unknown): boolean;
}

/** sinon's matchers and regular expressions both have `test`. */
function isMatcher(value: unknown): value is Matcher {
  return typeof value === 'object' && value !== null && 'test' in value && typeof value.test === 'function';
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The places at which `actual` is not what is expected, none if it is. Objects may have more than is expected of them,
 * arrays may not; a matcher (`sinon.match`, a regular expression) or a function decides by itself.
 */
export function differences(actual: unknown, expected: unknown, path = ''): readonly string[] {
  const at = path === '' ? 'it' : path;
  if (isMatcher(expected)) {
    const isMatch = expected instanceof RegExp ? expected.test(String(actual)) : expected.test(actual);
    return isMatch ? [] : [`${at} is ${show(actual)}, which does not match ${describe(expected)}`];
  }
  if (typeof expected === 'function') {
    const accepts = expected as (value: unknown) => boolean;
    return accepts(actual) ? [] : [`${at} is ${show(actual)}, which the given function does not accept`];
  }
  if (isPlain(expected) && isPlain(actual)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      key in actual || value === undefined
        ? differences(actual[key], value, path === '' ? key : `${path}.${key}`)
        : [`${path === '' ? key : `${path}.${key}`} is missing`],
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [`${at} has ${actual.length} items instead of ${expected.length}`];
    }
    return expected.flatMap((value, index) => differences(actual[index], value, `${path}[${index}]`));
  }
  return isDeepStrictEqual(actual, expected) ? [] : [`${at} is ${show(actual)} instead of ${show(expected)}`];
}

function describe(matcher: Matcher): string {
  // sinon's say what they want: `typeOf("string")`.
  return matcher instanceof RegExp || 'message' in matcher ? `${matcher as RegExp}` : show(matcher);
}

/** A value on one line. */
export function show(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 6, maxStringLength: 200, sorted: false });
}
