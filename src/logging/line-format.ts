import type { LogLevel } from '../protocols/log-levels.js';
import type { LogRecord } from './log-record.js';
import { isPlainError, type Plain, type PlainError } from './plain.js';

/** A record as one line of JSON. */
export function jsonLine(record: LogRecord): string {
  return JSON.stringify(record);
}

const colours: Readonly<Record<LogLevel, number>> = { debug: 90, info: 32, warn: 33, error: 31 };

/**
 * A record for people: `12:30:01.123 INFO  kafka-bus: Published. topic=essays partition=3`, with further lines of the
 * message, and errors with their causes and stacks, below it and indented. Other control characters are escaped: what was
 * logged can neither move the cursor nor look like another entry.
 */
export function consoleLine(record: LogRecord, colour = false): string {
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const inline: string[] = [];
  const below: string[] = [];
  for (const [key, value] of Object.entries(record.context ?? {})) {
    if (isPlainError(value)) below.push(...errorLines(key, value));
    else if (value !== undefined) inline.push(`${escape(key)}=${shown(value)}`);
  }
  for (const key of ['correlation_id', 'trace_id', 'span_id'] as const) {
    if (record[key] !== undefined) inline.push(`${key}=${shown(record[key])}`);
  }
  const [message = '', ...more] = linesOf(record.message);
  const head = [
    paint(90, record.timestamp.slice(11, 23)),
    paint(colours[record.level], record.level.toUpperCase().padEnd(5)),
    `${escape(record.module)}: ${message}`,
  ];
  if (inline.length > 0) head.push(paint(90, inline.join(' ')));
  return [head.join(' '), ...more.map(continued), ...below].join('\n    ');
}

/** An error as text: its causes and what it aggregates below it, stacks where there are any. */
export function errorText(error: PlainError): string {
  return errorLines(undefined, error).join('\n');
}

function errorLines(label: string | undefined, error: PlainError): string[] {
  const { name = 'Error', message = '', code, stack, cause, errors, context } = error;
  const prefix = label === undefined ? '' : `${escape(label)}: `;
  const tells = code === undefined || message.includes(String(code)) ? '' : ` (${escape(String(code))})`;
  const [first = '', ...more] = linesOf(message);
  const lines = [`${prefix}${escape(name)}: ${first}${tells}`, ...more.map(continued)];
  if (context !== undefined) lines.push(`  context: ${shown(context)}`);
  if (typeof stack === 'string') {
    const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
    lines.push(...frames.map((frame) => `  ${escape(frame.trim())}`));
  }
  for (const each of Array.isArray(errors) ? (errors as readonly Plain[]) : [])
    lines.push(...causeLines('one of them', each));
  if (cause !== undefined) lines.push(...causeLines('caused by', cause));
  return lines;
}

function causeLines(label: string, cause: Plain): string[] {
  return isPlainError(cause) ? errorLines(label, cause) : [`${label}: ${shown(cause)}`];
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).map(escape);
}

/** Behind a bar: no text that was logged begins a line of the log. */
function continued(line: string): string {
  return `| ${line}`;
}

function shown(value: Plain): string {
  return typeof value === 'string' && /^[\w.:/@+*-]+$/.test(value)
    ? value
    : escape(JSON.stringify(value ?? null));
}

function escape(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
