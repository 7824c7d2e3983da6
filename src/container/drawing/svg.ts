import { type Card, type Chip, deckOf, kindName, metrics } from './card.js';
import type { GraphDescription } from './description.js';
import type { Edge } from './edges.js';
import { type Point, layout } from './layout.js';
import { columns, escapeMarkup as escape } from './text.js';

const margin = 12;
const heading = 34;
const tint = 6;

/** The graph as an SVG element for {@link page}: scopes as regions, tokens as cards, lines from each to what it needs. */
export function svg(description: GraphDescription): string {
  const { scopes } = description;
  const { cards, lines } = deckOf(description);
  const numbers = new Map(cards.map(({ token }, index) => [token, index]));
  const boxes = cards.map(({ token, width, height }) => ({
    band: scopes.indexOf(token.scope),
    width,
    height,
  }));
  const places = layout(
    boxes,
    lines.map(({ from, to, lazy }) => ({
      from: numbers.get(from) ?? 0,
      to: numbers.get(to) ?? 0,
      weak: lazy,
    })),
  );
  const width = Math.ceil(places.width + 2 * margin);
  const height = Math.ceil(places.height + 2 * margin + heading + 16);
  const regions = Array.from(places.bands, ([band, span]) => {
    const count = cards.filter(({ token }) => token.scope === scopes[band]).length;
    const x = margin + span.x;
    return `<g class="region r${band % tint}"><rect x="${n(x)}" y="${margin}" width="${n(span.width)}" height="${height - 2 * margin}" rx="10"/><text x="${n(x + 16)}" y="${margin + 23}">${escape(scopes[band] ?? '')}<tspan class="count" dx="10">${count}</tspan></text></g>`;
  });
  const shift = ({ x, y }: Point): Point => ({ x: x + margin, y: y + margin + heading });
  // Lines that matter are drawn last, above the others.
  const order = [...lines.keys()].toSorted((a, b) => weight(lines[a]) - weight(lines[b]));
  const routes = order.flatMap((index) => {
    const edge = lines[index];
    const place = edge === undefined ? undefined : places.places[numbers.get(edge.from) ?? 0];
    if (edge === undefined || place === undefined) return [];
    const route = places.routes[index];
    return [line(edge, route === undefined ? loop(shift(place), place.width) : curve(route.map(shift)))];
  });
  const drawn = cards.map((card, index) => {
    const place = places.places[index];
    return place === undefined ? '' : cardMarkup(card, shift(place), place.width);
  });
  return [
    `<svg id="graph" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="Dependency graph">`,
    `<defs>${['plain', 'critical', 'problem', 'needs', 'users'].map(arrow).join('')}</defs>`,
    ...regions,
    ...routes,
    ...drawn,
    '</svg>',
  ].join('\n');
}

function weight(edge: Edge | undefined): number {
  return edge?.faulty === true ? 2 : edge?.critical === true ? 1 : 0;
}

function arrow(name: string): string {
  return `<marker id="arrow-${name}" class="arrow ${name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8L7.4 4L0 7.2z"/></marker>`;
}

function line({ from, to, lazy, faulty, critical }: Edge, path: string): string {
  const classes = [
    'edge',
    ...(lazy ? ['lazy'] : []),
    ...(faulty ? ['problem'] : critical ? ['critical'] : []),
  ];
  return `<path class="${classes.join(' ')}" data-from="${from.id}" data-to="${to.id}" d="${path}"/>`;
}

/** Straight inside the columns, bent between them. */
function curve(route: readonly Point[]): string {
  const [start, ...rest] = route;
  if (start === undefined) return '';
  let path = `M${n(start.x)} ${n(start.y)}`;
  let previous = start;
  for (const [index, point] of rest.entries()) {
    const bend = (point.x - previous.x) / 2;
    path +=
      index % 2 === 1
        ? `L${n(point.x)} ${n(point.y)}`
        : `C${n(previous.x + bend)} ${n(previous.y)} ${n(point.x - bend)} ${n(point.y)} ${n(point.x)} ${n(point.y)}`;
    previous = point;
  }
  return path;
}

/** What needs itself. */
function loop(place: Point, width: number): string {
  const x = place.x + width;
  const { y } = place;
  return `M${n(x - 30)} ${n(y)}C${n(x - 26)} ${n(y - 14)} ${n(x + 24)} ${n(y - 6)} ${n(x)} ${n(y + 12)}`;
}

function cardMarkup(card: Card, { x, y }: Point, width: number): string {
  const { token, nameLines, note, chips, height, hubOf } = card;
  const { padding, name, note: small } = metrics;
  const classes = [
    'card',
    `k-${token.kind}`,
    ...(hubOf > 0 ? ['hub'] : []),
    ...(token.onCriticalPath ? ['critical'] : []),
    ...(token.problems.length > 0 ? ['problem'] : []),
  ];
  const label = [token.name, kindName(token.kind), `scope ${token.scope}`, ...token.problems].join(', ');
  return [
    `<g id="${token.id}" class="${classes.join(' ')}" data-kind="${kindName(token.kind)}" transform="translate(${n(x)} ${n(y)})" tabindex="0" role="button" aria-label="${escape(label)}">`,
    `<title>${escape(tooltip(card))}</title>`,
    `<rect width="${n(width)}" height="${height}" rx="${token.kind === 'value' || token.kind === 'context' ? 14 : 5}"/>`,
    ...nameLines.map((text, index) =>
      fixed('name', text, padding, 8 + name.line * (index + 0.78), name.column),
    ),
    fixed('note', note, padding, 8 + name.line * nameLines.length + small.line * 0.8, small.column),
    ...chips.map((chip) => chipMarkup(chip)),
    '</g>',
  ].join('');
}

function chipMarkup({ edge, text, x, y, width }: Chip): string {
  const { chip, note } = metrics;
  const lazy = edge.lazy ? ' lazy' : '';
  return `<g class="chip${lazy}" data-from="${edge.from.id}" data-to="${edge.to.id}"><rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${chip.height}" rx="8"/>${fixed('', text, x + chip.padding, y + 11.5, note.column)}</g>`;
}

/** Text whose width is told, so that it stays in its place whatever font the reader has. */
function fixed(name: string, text: string, x: number, y: number, column: number): string {
  const attribute = name === '' ? '' : ` class="${name}"`;
  return `<text${attribute} x="${n(x)}" y="${n(y)}" textLength="${n(columns(text) * column)}" lengthAdjust="spacingAndGlyphs">${escape(text)}</text>`;
}

function tooltip({ token }: Card): string {
  const { name, scope, provider, kind, aliases, problems } = token;
  return [
    name,
    `${kindName(kind)} in ${scope}${provider === '' ? '' : `, provider ${provider}`}`,
    ...(aliases.length === 0 ? [] : [`also ${aliases.join(', ')}`]),
    ...problems,
  ].join('\n');
}

/** One decimal place is more than a screen shows. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
