/**
 * The examples of a document. Blocks marked `ts run` run: those under one `##` heading are one program, top to bottom,
 * and their `// -> text` comments are the lines it prints. A block marked `ts error` must not compile: each
 * `// error: TS1234 text` in it expects its error on the next line; it sees the blocks above it that run. One marked
 * `ts of <file>` is that file of this project.
 */
export interface Program {
  /** `scopes.md:12`, the line of its first block. */
  readonly name: string;
  /** Each line of code stands on the line it has in the document, so that the compiler names that. */
  readonly source: string;
  /** What it must print; undefined if it must not compile. */
  readonly output: readonly string[] | undefined;
}

interface Block {
  readonly kind: string;
  readonly section: string;
  readonly line: number;
  readonly code: readonly string[];
}

const fence = /^```(.*)$/;
const printed = /\/\/ -> (.*)$/;
const quoted = 'ts of ';

function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open: { kind: string; line: number; code: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const info = fence.exec(line)?.[1]?.trim();
    if (open !== undefined && info === '') {
      blocks.push({ ...open, section });
      open = undefined;
    } else if (open !== undefined) open.code.push(line);
    else if (info !== undefined) open = { kind: info, line: index + 2, code: [] };
    else if (line.startsWith('## ')) section = line;
  }
  if (open !== undefined) throw new Error(`The code block on line ${open.line - 1} has no end.`);
  return blocks;
}

function programOf(document: string, blocks: readonly Block[], runs: boolean): Program {
  const lines: string[] = [];
  for (const { line, code } of blocks) {
    while (lines.length < line - 1) lines.push('');
    lines.push(...code);
  }
  const first = (runs ? blocks[0] : blocks.at(-1))?.line ?? 0;
  return {
    name: `${document}:${first}`,
    source: `${lines.join('\n')}\nexport {};\n`,
    output: runs ? lines.flatMap((line) => printed.exec(line)?.[1]?.trim() ?? []) : undefined,
  };
}

/** The programs of a document, in order. */
export function programsOf(document: string, markdown: string): readonly Program[] {
  const programs: Program[] = [];
  const sections = new Map<string, Block[]>();
  for (const block of blocksOf(markdown)) {
    const above = sections.get(block.section) ?? [];
    if (block.kind === 'ts run') sections.set(block.section, [...above, block]);
    else if (block.kind === 'ts error') programs.push(programOf(document, [...above, block], false));
  }
  return [...Array.from(sections.values(), (blocks) => programOf(document, blocks, true)), ...programs];
}

export interface Quote {
  readonly file: string;
  readonly text: string;
}

/** What a document shows of this project's own files. */
export function quotesOf(markdown: string): readonly Quote[] {
  return blocksOf(markdown)
    .filter(({ kind }) => kind.startsWith(quoted))
    .map(({ kind, code }) => ({ file: kind.slice(quoted.length), text: `${code.join('\n')}\n` }));
}

/** A file as who has the package would write it. */
export function asUser(source: string): string {
  return source
    .replace(/'(?:\.\.\/)+src\/index\.js'/g, "'slipway'")
    .replace(/'(?:\.\.\/)+src\/testing\/index\.js'/g, "'slipway/testing'")
    .replace(/'(?:\.\.\/)+support\/(?:[\w-]+\/)*([\w-]+\.js)'/g, "'./$1'");
}

/** The lines of TypeScript blocks that nothing checks. */
export function uncheckedBlocks(markdown: string): readonly number[] {
  return blocksOf(markdown)
    .filter(({ kind }) => /^(?:ts|typescript)\b/.test(kind) && !/^ts (?:run|error|of .+)$/.test(kind))
    .map(({ line }) => line - 1);
}
