import type { GraphDescription } from './description.js';
import { mermaid } from './mermaid.js';
import { page } from './page.js';

/** `mermaid`: a flowchart as text. `html`: one page that loads nothing. `json`: a {@link GraphDescription} as text. */
export type GraphFormat = 'mermaid' | 'html' | 'json';

/**
 * Draws the graph of an application as it would be started now: with its overrides and rebinds, its conditions decided,
 * its problems marked. After a start also with its times and its critical path.
 */
export function graph(app: { describe(): GraphDescription }, format: GraphFormat): string {
  const description = app.describe();
  if (format === 'mermaid') return mermaid(description);
  if (format === 'html') return page(description);
  return `${JSON.stringify(description, undefined, 2)}\n`;
}
