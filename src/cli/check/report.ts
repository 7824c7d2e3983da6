import type { CheckResult, CheckRun, CheckStatus } from './run.js';

const marks: Readonly<Record<CheckStatus, string>> = {
  ok: 'ok',
  warning: 'warn',
  failed: 'FAIL',
  skipped: '-',
};
const indent = ' '.repeat(26);

/** A line of the report, and what to do under it. */
export function textLine({ id, target, status, detail, ms, fix, optional }: CheckResult): string {
  const took = ms === undefined ? '' : `  (${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms)`;
  const where = target === undefined || detail.includes(target) ? '' : `${target}: `;
  const rank = optional === true ? '; it is optional, the service starts without it' : '';
  const line = `${marks[status].padEnd(6)}${id.padEnd(20)}${where}${detail}${rank}${took}\n`;
  return fix === undefined ? line : `${line}${indent}${status === 'failed' ? 'fix' : 'look'}: ${fix}\n`;
}

/** The last line. */
export function summary({ results }: CheckRun): string {
  const count = (status: CheckStatus): number => results.filter((each) => each.status === status).length;
  const [failed, warnings, skipped] = [count('failed'), count('warning'), count('skipped')];
  const parts = [
    `${count('ok')} ok`,
    ...(warnings > 0 ? [`${warnings} to look at`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} not tried`] : []),
  ];
  return `\n${parts.join(', ')}\n`;
}

export function jsonReport({ isOk, results }: CheckRun): string {
  return `${JSON.stringify({ ok: isOk, checks: results }, undefined, 2)}\n`;
}
