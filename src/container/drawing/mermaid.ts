import type { DescribedToken, GraphDescription } from './description.js';
import { type Edge, edgesOf } from './edges.js';
import { duration, printable } from './text.js';

/** The brackets that give a node its shape. */
const shapes: Readonly<Record<DescribedToken['kind'], readonly [open: string, close: string]>> = {
  value: ['([', '])'],
  create: ['(', ')'],
  class: ['[', ']'],
  context: ['[/', '/]'],
  alias: ['>', ']'],
  decorate: ['{{', '}}'],
  opaque: ['[(', ')]'],
  all: ['[[', ']]'],
  absent: ['(', ')'],
  missing: ['(', ')'],
};

/** A flowchart in mermaid's language: a subgraph a scope, a node a token, an arrow from each to what it needs. */
export function mermaid(description: GraphDescription): string {
  const { scopes, tokens } = description;
  const edges = edgesOf(description);
  return [
    'flowchart RL',
    ...scopes.flatMap((scope, index) => [
      `  subgraph s${index + 1}["${label(scope)}"]`,
      ...tokens.filter((token) => token.scope === scope).map((token) => `    ${node(token)}`),
      '  end',
    ]),
    ...edges.map(({ from, to, lazy }) => `  ${from.id} ${lazy ? '-.->' : '-->'} ${to.id}`),
    '  classDef critical stroke:#c2410c,stroke-width:3px',
    '  classDef problem stroke:#b91c1c,stroke-width:3px,fill:#fee2e2,color:#450a0a',
    '  classDef ghost stroke-dasharray:5 4',
    ...classes('critical', tokens, ({ onCriticalPath }) => onCriticalPath),
    ...classes('problem', tokens, ({ problems }) => problems.length > 0),
    ...classes('ghost', tokens, ({ kind }) => kind === 'absent' || kind === 'missing'),
    ...links('stroke:#c2410c,stroke-width:3px', edges, ({ critical, faulty }) => critical && !faulty),
    ...links('stroke:#b91c1c,stroke-width:3px', edges, ({ faulty }) => faulty),
    '',
  ].join('\n');
}

function node({ id, name, kind, durationMs }: DescribedToken): string {
  const [open, close] = shapes[kind];
  const time = durationMs === undefined ? '' : `<br/>${label(duration(durationMs))}`;
  return `${id}${open}"${label(name)}${time}"${close}`;
}

function classes(
  name: string,
  tokens: readonly DescribedToken[],
  belongs: (token: DescribedToken) => boolean,
): string[] {
  const ids = tokens.filter(belongs).map(({ id }) => id);
  return ids.length === 0 ? [] : [`  class ${ids.join(',')} ${name}`];
}

function links(style: string, edges: readonly Edge[], belongs: (edge: Edge) => boolean): string[] {
  const numbers = Array.from(edges.entries(), ([index, edge]) => (belongs(edge) ? [index] : [])).flat();
  return numbers.length === 0 ? [] : [`  linkStyle ${numbers.join(',')} ${style}`];
}

/** Quotes, brackets, markdown and mermaid's own signs become character codes; letters, digits and spaces stay. */
function label(text: string): string {
  return printable(text).replace(/[^\p{L}\p{N} ]/gu, (sign) => `#${sign.codePointAt(0) ?? 0xfffd};`);
}
