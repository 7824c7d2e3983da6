/** One import of a source file. */
export interface Import {
  readonly specifier: string;
  /** `import type` or `export type`: gone at run time. `import { type X }` is not: it still loads the module. */
  readonly typeOnly: boolean;
}

// In this order: what begins first swallows the others. Regular expressions are recognised after an operator only.
const comment = /\/\/[^\n]*|\/\*[^]*?\*\//;
const text = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`/;
const regularExpression = /(?<=[(,=:[!&|?{};]\s*)\/(?![/*])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//;
const tokens = new RegExp(`(${comment.source})|(${text.source})|(${regularExpression.source})`, 'g');

const declaration =
  /(?<![.\w])(?:import|export)(?<type>\s+type)?\s*(?:[\w*$\s,]|\{[^}]*\})*?(?:\bfrom\s*)?(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/g;
const call = /(?<![.\w])(?:import|require)\s*\(\s*(?<quote>['"`])(?<specifier>[^'"`\n]+)\k<quote>/g;

/** `source` without comments and regular expressions, with its texts. */
export function codeOf(source: string): string {
  return source.replace(tokens, (whole, isComment?: string, _text?: string, isRegExp?: string) =>
    isComment !== undefined || isRegExp !== undefined ? ' ' : whole,
  );
}

/** Every module that a TypeScript source names: import, import type, re-export, import(), import('x').Type, require(). */
export function importsOf(source: string): Import[] {
  const code = codeOf(source);
  const found: Import[] = [];
  for (const { groups } of code.matchAll(declaration)) {
    found.push({ specifier: groups?.['specifier'] ?? '', typeOnly: groups?.['type'] !== undefined });
  }
  for (const { groups } of code.matchAll(call)) {
    found.push({ specifier: groups?.['specifier'] ?? '', typeOnly: false });
  }
  return found;
}
