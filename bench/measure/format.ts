import { type Figure, meetsGoal } from './figure.js';

/** A figure as one line of JSON, its members in the order of the documentation. */
export function jsonLine({ id, value, unit, goal, spread, against }: Figure): string {
  return JSON.stringify({ id, value, unit, goal, spread, against });
}

/** Figures as a table for people: one line each, columns aligned, goals with their marks. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.id,
    number(figure.value),
    figure.against === undefined ? figure.unit : `${figure.unit} (${figure.against})`,
    figure.spread === undefined ? '' : `${number(figure.spread[0])} .. ${number(figure.spread[1])}`,
    figure.goal ?? '',
    mark(figure),
  ]);
  const all = [['figure', 'median', 'unit', 'quartiles', 'goal', ''], ...rows];
  const widths = all.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function mark(figure: Figure): string {
  const met = meetsGoal(figure);
  return met === undefined ? '' : met ? 'ok' : 'MISSED';
}

/** Thousands apart, and no digits that do not matter beside the others. */
function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });
}
