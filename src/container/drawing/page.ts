import { createHash } from 'node:crypto';
import { deckOf } from './card.js';
import type { DescribedToken, GraphDescription } from './description.js';
import { drawCycle, drawPath } from '../problem.js';
import { pageScript } from './page-script.js';
import { pageStyle } from './page-style.js';
import { svg } from './svg.js';
import { duration, escapeMarkup as escape, printable, words } from './text.js';

/** The graph as one page that loads nothing: the picture, its problems, and a table of when each token was built. */
export function page(description: GraphDescription): string {
  const { problems } = description;
  const policy = `default-src 'none'; style-src ${hash(pageStyle)}; script-src ${hash(pageScript)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dependency graph</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>Dependency graph</h1>
<p>${summary(description)}</p>
<div class="legend">${legend(description)}</div>
<div class="tools scripted" hidden>
<input id="search" type="search" placeholder="Find a token ( / )" aria-label="Find a token">
<button id="farther" aria-label="Smaller">−</button><button id="natural">100%</button><button id="closer" aria-label="Larger">+</button><button id="fit">Fit</button>
</div>
</header>
<main tabindex="-1">
${svg(description)}
</main>
<aside>
<section id="details" aria-live="polite" hidden></section>
${problems.length === 0 ? '' : problemSection(description)}
${tableSection(description)}
</aside>
<script type="application/json" id="data">${JSON.stringify(description).replaceAll('<', String.raw`\u003c`)}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function summary({ tokens, scopes, problems }: GraphDescription): string {
  const ends = tokens.flatMap(({ startedAtMs, durationMs }) =>
    startedAtMs === undefined || durationMs === undefined ? [] : [startedAtMs + durationMs],
  );
  return [
    counted(tokens.length, 'token'),
    counted(scopes.length, 'scope'),
    ends.length === 0 ? 'not started' : `started in ${duration(Math.max(...ends))}`,
    ...(problems.length === 0 ? [] : [counted(problems.length, 'problem')]),
  ].join(', ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function sample(classes: string, text: string): string {
  return `<span><svg width="34" height="12" aria-hidden="true"><path class="edge ${classes}" d="M32 6H3"/></svg>${text}</span>`;
}

function legend(description: GraphDescription): string {
  const { tokens, problems, criticalPath } = description;
  return [
    sample('', 'the left one is needed by the right one'),
    ...(tokens.some(({ lazyDependencies }) => lazyDependencies.length > 0)
      ? [sample('lazy', 'held by lazy')]
      : []),
    ...(criticalPath.length === 0 ? [] : [sample('critical', 'the start waited for it')]),
    ...(problems.length === 0 ? [] : [sample('problem', 'problem')]),
    ...(deckOf(description).cards.every(({ hubOf }) => hubOf === 0)
      ? []
      : [
          '<span><svg width="34" height="14" aria-hidden="true"><g class="hub"><rect x="1" y="1" width="32" height="12" rx="3"/></g></svg>needed by many: named in each of them</span>',
        ]),
  ].join('');
}

function problemSection({ problems }: GraphDescription): string {
  const items = problems.map(({ kind, path, message, hint }) => {
    const drawing = kind === 'cycle' ? drawCycle(path) : drawPath(path);
    return `<li><strong>${escape(message)}</strong>${path.length > 1 ? `<pre>${drawing.split('\n').map(escape).join('\n')}</pre>` : ''}<div class="hint">${escape(hint)}</div></li>`;
  });
  return `<section class="problems"><h2>Problems</h2><ol>${items.join('')}</ol></section>`;
}

function tableSection({ tokens }: GraphDescription): string {
  const timed = tokens.filter(({ durationMs }) => durationMs !== undefined);
  const total = Math.max(0.001, ...timed.map((token) => end(token)));
  const sorted = tokens.toSorted(
    (a, b) => (b.durationMs ?? -1) - (a.durationMs ?? -1) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const seen = new Set<string>();
  const ambiguous = new Set(tokens.flatMap(({ name }) => (seen.size === seen.add(name).size ? [name] : [])));
  const heads = timed.length === 0 ? '' : '<th scope="col">Took</th><th scope="col">When</th>';
  return `<section><h2>${timed.length === 0 ? 'Tokens' : 'Start'}</h2><table><thead><tr><th scope="col">Token</th><th scope="col">Scope</th>${heads}</tr></thead><tbody>${sorted
    .map((token) => row(token, ambiguous.has(token.name), timed.length === 0 ? undefined : total))
    .join('')}</tbody></table></section>`;
}

/**
 * @param ambiguous has another token the same name?
 * @param total the milliseconds the bar stands for; undefined if there are no times.
 */
function row(token: DescribedToken, ambiguous: boolean, total: number | undefined): string {
  const { id, name, scope, provider, durationMs, startedAtMs = 0, onCriticalPath } = token;
  const label = words(printable(name)).map(escape).join('<wbr>');
  const group = ambiguous && provider !== '' ? ` <small>${escape(provider)}</small>` : '';
  const cells = [
    `<th scope="row"><button class="link" data-id="${id}">${label}${group}</button></th>`,
    `<td>${escape(scope)}</td>`,
  ];
  if (total !== undefined) {
    cells.push(`<td class="time">${durationMs === undefined ? '–' : duration(durationMs)}</td>`);
    const left = (100 * startedAtMs) / total;
    const bar = `<svg width="100" height="12" role="img" aria-label="from ${startedAtMs.toFixed(1)} to ${end(token).toFixed(1)} ms"><rect class="bar" x="${left.toFixed(1)}" y="2" width="${Math.max(1, (100 * (durationMs ?? 0)) / total).toFixed(1)}" height="8"/></svg>`;
    cells.push(`<td>${durationMs === undefined ? '' : bar}</td>`);
  }
  return `<tr data-id="${id}"${onCriticalPath ? ' class="critical"' : ''}>${cells.join('')}</tr>`;
}

function end({ startedAtMs = 0, durationMs = 0 }: DescribedToken): number {
  return startedAtMs + durationMs;
}
