/**
 * What a command answers, before it is written in the connection's protocol: a string is a simple string, a Buffer a
 * bulk string, a number or a bigint an integer, null nil.
 */
export type Reply =
  | string
  | number
  | bigint
  | Buffer
  | null
  | readonly Reply[]
  | DoubleReply
  | ErrorReply
  | MapReply
  | PushReply
  | SetReply
  | typeof nilArray;

export class ErrorReply {
  /** With its kind in front: `ERR syntax error`. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A floating-point number: of its own kind in RESP3, a bulk string in RESP2. */
export class DoubleReply {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Items in no order: of its own kind in RESP3, an array in RESP2. */
export class SetReply {
  readonly items: readonly Reply[];

  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}

/** Name-value pairs: a map in RESP3, a flat array in RESP2. */
export class MapReply {
  readonly entries: readonly (readonly [Reply, Reply])[];

  constructor(entries: readonly (readonly [Reply, Reply])[]) {
    this.entries = entries;
  }
}

/** Out-of-band data: a push in RESP3, an array in RESP2. */
export class PushReply {
  readonly items: readonly Reply[];

  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}

/** As `printf("%.17g")` writes it: enough digits to read the same number back. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return '0';
  const [digits = '', exponentText = '0'] = inSeventeenDigits(value).split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 17) {
    const sign = exponent < 0 ? '-' : '+';
    return `${withoutTrailingZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return withoutTrailingZeros(withoutExponent(digits, exponent));
}

/** A number halfway between two texts becomes the even one in C, and the greater one in JavaScript. */
function inSeventeenDigits(value: number): string {
  // eslint-disable-next-line oxc/number-arg-out-of-range -- the limit has been 100 since ES2018
  const allDigits = value.toExponential(100);
  const [, whole = '', beyond = '', exponent = ''] = /^(-?\d\.\d{16})(\d+)(e.+)$/.exec(allDigits) ?? [];
  const isHalfway = /^50*$/.test(beyond);
  const isEven = Number(whole.at(-1)) % 2 === 0;
  return isHalfway && isEven ? whole + exponent : value.toExponential(16);
}

/** `1.25` and 1 are `12.5`; `1.25` and -2 are `0.0125`. */
function withoutExponent(digits: string, exponent: number): string {
  const sign = digits.startsWith('-') ? '-' : '';
  const all = digits.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${all}`;
  return `${sign}${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`;
}

function withoutTrailingZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0*$/, '') : digits;
}

/** Nil where an array would stand: RESP2 writes it in another way than a missing string. */
export const nilArray: unique symbol = Symbol('nil array');
export const wrongType = new ErrorReply('WRONGTYPE Operation against a key holding the wrong kind of value');
export const syntaxError = new ErrorReply('ERR syntax error');
export const outOfRange = new ErrorReply('ERR value is out of range, must be positive');
export const overflow = new ErrorReply('ERR increment or decrement would overflow');
export const notAnInteger = new ErrorReply('ERR value is not an integer or out of range');

/** A byte string that was kept as text. */
export function bytes(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1');
}

export function bulk(text: string): Buffer {
  return Buffer.from(text);
}

export type Protocol = 2 | 3;

/** The bytes of a reply. */
export function encodeReply(reply: Reply, protocol: Protocol): Buffer {
  return Buffer.from(write(reply, protocol), 'latin1');
}

function write(reply: Reply, protocol: Protocol): string {
  if (reply === null) return protocol === 3 ? '_\r\n' : '$-1\r\n';
  if (typeof reply === 'string') return `+${reply}\r\n`;
  if (typeof reply === 'number' || typeof reply === 'bigint') return `:${reply}\r\n`;
  if (Buffer.isBuffer(reply)) return `$${reply.length}\r\n${reply.toString('latin1')}\r\n`;
  if (reply instanceof ErrorReply) return `-${Buffer.from(reply.text).toString('latin1')}\r\n`;
  if (reply === nilArray) return protocol === 3 ? '_\r\n' : '*-1\r\n';
  if (reply instanceof DoubleReply) {
    const text = formatDouble(reply.value);
    return protocol === 3 ? `,${text}\r\n` : `$${text.length}\r\n${text}\r\n`;
  }
  if (reply instanceof SetReply) return writeItems(protocol === 3 ? '~' : '*', reply.items, protocol);
  if (reply instanceof PushReply) return writeItems(protocol === 3 ? '>' : '*', reply.items, protocol);
  if (reply instanceof MapReply) {
    const flat = reply.entries.flatMap(([name, value]): Reply[] => [name, value]);
    if (protocol === 2) return writeItems('*', flat, protocol);
    return `%${reply.entries.length}\r\n${flat.map((item) => write(item, protocol)).join('')}`;
  }
  return writeItems('*', reply, protocol);
}

function writeItems(sign: '*' | '>' | '~', items: readonly Reply[], protocol: Protocol): string {
  return `${sign}${items.length}\r\n${items.map((item) => write(item, protocol)).join('')}`;
}
