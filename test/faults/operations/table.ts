import type { Result } from '../suite.js';
import { faultNames, idOf, moments, serverNames } from './cells.js';

/** The matrix: a row for each moment and server, a column for each fault. What was not run is a hyphen. */
export function table(results: readonly Result[]): string {
  const byId = new Map(results.map((result) => [result.id, result]));
  const rows = moments.flatMap((when) =>
    serverNames.map((server) => [
      `${when} ${server}`,
      ...faultNames.map((fault) => shown(byId.get(idOf({ when, server, fault })))),
    ]),
  );
  const lines = [['', ...faultNames], ...rows];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shown(result: Result | undefined): string {
  if (result === undefined) return '-';
  return `${result.ok ? 'ok' : 'FAIL'} ${(Number(result['took_ms']) / 1000).toFixed(1)} s`;
}
