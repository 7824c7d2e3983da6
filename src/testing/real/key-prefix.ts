import { keysOf } from '../../redis/cluster/command-keys.js';
import { encodeBulk, encodeLine, RespTokens } from './resp-tokens.js';

/** Commands whose arguments name channels. */
const channels = new Set(['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe']);

/** Puts a prefix before every key, pattern and channel of the requests that pass through. */
export class PrefixedRequests {
  readonly #tokens = new RespTokens();
  readonly #prefix: string;
  /** Of the request that is being read: what is still to come of it. */
  #missing = 0;
  #args: Buffer[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  push(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    for (const token of this.#tokens.push(chunk)) {
      if (token.kind === 'line') {
        this.#missing = Number(token.text.slice(1));
        continue;
      }
      this.#args.push(token.bytes);
      if (this.#args.length < this.#missing) continue;
      out.push(encodeLine(`*${this.#args.length}`), ...this.#rewritten(this.#args).map(encodeBulk));
      this.#args = [];
    }
    return Buffer.concat(out);
  }

  #rewritten([command = Buffer.alloc(0), ...args]: readonly Buffer[]): Buffer[] {
    const name = command.toString('latin1').toLowerCase();
    const places = this.#places(name, args);
    return [
      command,
      ...args.map((arg, index) =>
        places.has(index) ? Buffer.concat([Buffer.from(this.#prefix), arg]) : arg,
      ),
    ];
  }

  /** Which arguments are names. */
  #places(name: string, args: readonly Buffer[]): ReadonlySet<number> {
    if (channels.has(name)) return new Set(args.keys());
    if (name === 'publish' || name === 'spublish') return new Set([0]);
    if (name === 'scan') {
      const match = args.findIndex((arg) => arg.toString('latin1').toLowerCase() === 'match');
      return new Set(match === -1 ? [] : [match + 1]);
    }
    if (unprefixed.has(name)) return new Set();
    // Numbered, so that a key is found at its place, even where a value reads the same.
    const numbered = args.map((arg, index) => ({ text: arg.toString('latin1'), index }));
    const texts = numbered.map(({ text }) => text);
    const keys = keysOf({ name, args: texts });
    return new Set(placesOf(name, texts, keys.length));
  }
}

/** The driver's and the connection's own. */
const unprefixed = new Set([
  'auth',
  'info',
  'echo',
  'wait',
  'flushdb',
  'flushall',
  'quit',
  'command',
  'config',
  'role',
]);

/** Where the keys stand that `keysOf` found. */
function placesOf(name: string, args: readonly string[], count: number): number[] {
  const from = (start: number, step = 1): number[] =>
    Array.from({ length: count }, (_, index) => start + index * step);
  switch (name) {
    case 'mset':
      return from(0, 2);
    case 'eval':
    case 'evalsha':
      return from(2);
    case 'xread':
    case 'xreadgroup':
      return from(args.findIndex((arg) => arg.toUpperCase() === 'STREAMS') + 1);
    case 'xgroup':
    case 'xinfo':
      return from(1);
    default:
      return from(0);
  }
}

/** Takes the prefix away from the replies that pass through: no value of a test begins with it by chance. */
export class UnprefixedReplies {
  readonly #tokens = new RespTokens();
  readonly #prefix: Buffer;

  constructor(prefix: string) {
    this.#prefix = Buffer.from(prefix);
  }

  push(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    for (const token of this.#tokens.push(chunk)) {
      if (token.kind === 'line') out.push(encodeLine(token.text));
      else out.push(encodeBulk(this.#bare(token.bytes)));
    }
    return Buffer.concat(out);
  }

  #bare(bytes: Buffer): Buffer {
    const isPrefixed = bytes.subarray(0, this.#prefix.length).equals(this.#prefix);
    return isPrefixed ? bytes.subarray(this.#prefix.length) : bytes;
  }
}
