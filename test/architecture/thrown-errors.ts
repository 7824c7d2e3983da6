import { codeOf } from './imports.js';

/** `new Error(`, `TypeError(`, `extends RangeError`: errors that carry no code of the table. */
const bareError =
  /(?<![.\w])(?:Error|TypeError|RangeError|SyntaxError|ReferenceError|EvalError|URIError|AggregateError)\s*\(/g;
const subclass = /\bextends\s+(?:Type|Range|Syntax|Reference|Eval|URI|Aggregate)?Error\b/g;

/** The places where a source makes or extends an error of JavaScript's own, as it stands there. */
export function bareErrors(source: string): readonly string[] {
  const code = codeOf(source);
  return [...code.matchAll(bareError), ...code.matchAll(subclass)].map(([found]) => found);
}
