import { PreciseDate } from './precise-date.js';
import { plainNumber } from './read-fields.js';

/** Seconds of 0001-01-01T00:00:00Z and of 9999-12-31T23:59:59Z: what Python's datetime holds. */
const earliest = -62_135_596_800;
const latest = 253_402_300_799;
/** A unix time beyond this is in milliseconds. */
const millisecondsFrom = 2e10;

const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt _]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?(?:([Zz])|([+\-\u2212])([01]\d|2[0-3]):?([0-5]\d))?)?$/;
/** An exponent needs a point in front of it. */
const decimal = /^[+-]?(?:\d+|(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

/**
 * The time that the original reads from a JSON string or number: RFC 3339 with its usual liberties (a space for the T,
 * no seconds, no zone, a date alone; digits beyond the microseconds are cut), or a unix time in seconds, from 2e10 on
 * in milliseconds. A plain Date where that holds all of it. Undefined if it is no time.
 */
export function readTimestamp(value: unknown): Date | undefined {
  const number = plainNumber(value);
  if (typeof number === 'number') return fromUnixNumber(number);
  if (typeof value !== 'string') return undefined;
  const match = rfc3339.exec(value);
  if (match !== null) return fromParts(match);
  return decimal.test(value) ? fromUnixText(value) : undefined;
}

function fromParts(match: RegExpExecArray): Date | undefined {
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = match;
  const [fraction = '', utc, sign, zoneHour = '', zoneMinute = ''] = match.slice(7);
  const digits = fraction.slice(0, 6).padEnd(6, '0');
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${digits.slice(0, 3)}Z`);
  // 2025-02-30 becomes a day of March.
  if (year === '0000' || Number.isNaN(local.getTime()) || local.getUTCDate() !== Number(day))
    return undefined;
  const minutes =
    (sign === undefined ? 0 : Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '+' ? 1 : -1);
  const named = utc !== undefined || sign !== undefined;
  const zone = minutes === 0 ? (named ? 'Z' : '') : `${sign === '+' ? '+' : '-'}${zoneHour}:${zoneMinute}`;
  return dateOf(local.getTime() - minutes * 60_000, Number(digits.slice(3)), zone);
}

/** A JSON number. What stands behind its point counts upwards even if it is negative: so does the original. */
function fromUnixNumber(value: number): Date | undefined {
  const fraction = Math.abs(value % 1);
  const unit = Math.abs(value) > millisecondsFrom ? 1e3 : 1e6;
  return fromUnix(Math.floor(value), Math.round(fraction * unit));
}

function fromUnixText(text: string): Date | undefined {
  const value = Number(text);
  if (!text.includes('.')) return fromUnix(value, 0);
  const seconds = Math.abs(value) > millisecondsFrom ? value / 1e3 : value;
  const whole = Math.floor(seconds);
  return fromUnix(whole, Math.round((seconds - whole) * 1e6));
}

/** @param time whole seconds, or milliseconds beyond 2e10. @param microseconds that come on top. */
function fromUnix(time: number, microseconds: number): Date | undefined {
  const inMilliseconds = Math.abs(time) > millisecondsFrom;
  const milliseconds = (inMilliseconds ? time : time * 1e3) + Math.floor(microseconds / 1e3);
  const seconds = Math.floor(milliseconds / 1e3);
  if (!(seconds >= earliest && seconds <= latest)) return undefined;
  return dateOf(milliseconds, microseconds % 1e3, 'Z');
}

function dateOf(milliseconds: number, microseconds: number, zone: string): Date {
  return microseconds === 0 && zone === 'Z'
    ? new Date(milliseconds)
    : new PreciseDate(milliseconds, microseconds, zone);
}
