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
    const isMatch = expected instanceof RegExp ? String(actual).search(expected) >= 0 : expected.test(actual);
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
  return inspect(withMatchers(value), {
    breakLength: Infinity,
    compact: true,
    depth: 6,
    maxArrayLength: 20,
    maxStringLength: 200,
    sorted: false,
  });
}

/** The value, where a matcher in it is shown as what it wants. */
function withMatchers(value: unknown, depth = 0): unknown {
  if (isMatcher(value) && 'message' in value) return { [inspect.custom]: () => describe(value) };
  // What is deeper is not shown.
  if (depth > 6) return value;
  if (Array.isArray(value)) return value.map((each) => withMatchers(each, depth + 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withMatchers(each, depth + 1)]));
}
