const lineEnd = Buffer.from('\r\n');

/** A part of a RESP stream: a line (`*3`, `:1`, `+OK`), or the bytes of a bulk string. */
export type RespToken =
  { readonly kind: 'line'; readonly text: string } | { readonly kind: 'bulk'; readonly bytes: Buffer };

/** Cuts a RESP stream into tokens, however its bytes arrive. */
export class RespTokens {
  #rest: Buffer = Buffer.alloc(0);
  /** Of the bulk string whose bytes are still to come. */
  #length: number | undefined;

  /** The tokens that are complete by now. */
  *push(chunk: Buffer): Generator<RespToken> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let token = this.#next(); token !== undefined; token = this.#next()) yield token;
  }

  #next(): RespToken | undefined {
    if (this.#length === undefined) {
      const end = this.#rest.indexOf(lineEnd);
      if (end === -1) return undefined;
      const text = this.#rest.toString('latin1', 0, end);
      this.#rest = this.#rest.subarray(end + 2);
      const length = text.startsWith('$') ? Number(text.slice(1)) : -1;
      if (length < 0) return { kind: 'line', text };
      this.#length = length;
    }
    if (this.#rest.length < this.#length + 2) return undefined;
    const bytes = this.#rest.subarray(0, this.#length);
    this.#rest = this.#rest.subarray(this.#length + 2);
    this.#length = undefined;
    return { kind: 'bulk', bytes };
  }
}

export function encodeLine(text: string): Buffer {
  return Buffer.from(`${text}\r\n`, 'latin1');
}

export function encodeBulk(bytes: Buffer): Buffer {
  return Buffer.concat([encodeLine(`$${bytes.length}`), bytes, lineEnd]);
}
