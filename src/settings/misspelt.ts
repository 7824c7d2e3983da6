import { type EnvironmentVariables, readText } from './environment.js';

/** Whose names are known: what a definition has. */
interface Known {
  readonly prefix: string;
  readonly variables: readonly { readonly name: string }[];
}

/** A whole name this long is not near another one by chance. */
const tellingLength = 8;

/**
 * A line for each variable that is set but that nothing reads, and whose name is nearly that of one which is not set:
 * `MAIL_HSOT is set but not known: is MAIL_HOST meant?`. Shows names alone.
 */
export function misspelt(env: EnvironmentVariables, definitions: readonly Known[]): readonly string[] {
  const known = new Set(definitions.flatMap(({ variables }) => variables.map(({ name }) => name)));
  const unset = definitions.flatMap(({ prefix, variables }) =>
    variables
      .filter(({ name }) => readText(env, name) === undefined)
      .map(({ name }) => ({ name, part: name.slice(prefix.length), prefix })),
  );
  return Object.keys(env).flatMap((given) => {
    if (known.has(given) || readText(env, given) === undefined) return [];
    const [nearest] = unset
      .map(({ name, prefix, part }) => ({ name, distance: distanceTo(given, name, prefix, part) }))
      .filter(({ distance }) => distance !== undefined)
      .toSorted((left, right) => (left.distance ?? 0) - (right.distance ?? 0));
    return nearest === undefined
      ? []
      : [`${printable(given)} is set but not known: is ${nearest.name} meant?`];
  });
}

/** `undefined` where the names are not near. */
function distanceTo(given: string, name: string, prefix: string, part: string): number | undefined {
  const isPrefixed = prefix !== '' && given.startsWith(prefix);
  if (!isPrefixed && name.length < tellingLength) return undefined;
  // Behind a prefix that is right, more may be wrong in what is long.
  const limit = isPrefixed && part.length > 5 ? 2 : 1;
  if (Math.abs(given.length - name.length) > limit) return undefined;
  const distance = editDistance(given.toUpperCase(), name.toUpperCase());
  return distance <= limit ? distance : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const swapped = row > 1 && column > 1 && isSwap ? (before[column - 2] ?? 0) + 1 : Infinity;
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced, swapped));
    }
    [before, previous] = [previous, current];
  }
  return previous[right.length] ?? 0;
}

function printable(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}
