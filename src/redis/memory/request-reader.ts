/** A command as it came: its name and arguments. */
export type Request = readonly Buffer[];

/** Takes the bytes of a connection and gives the commands in them, whatever the chunks were cut into. */
export class RequestReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws Error whose message is the error reply that a server gives before it hangs up. */
  read(chunk: Buffer): Request[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const requests: Request[] = [];
    for (;;) {
      const result = readRequest(bytes);
      if (result === undefined) break;
      bytes = bytes.subarray(result.end);
      if (result.request.length > 0) requests.push(result.request);
    }
    this.#rest = bytes;
    return requests;
  }
}

interface ReadResult {
  readonly request: Request;
  /** Where the next one begins. */
  readonly end: number;
}

function readRequest(bytes: Buffer): ReadResult | undefined {
  const head = readLine(bytes, 0);
  if (head === undefined) return undefined;
  if (!head.text.startsWith('*')) return inlineRequest(head);
  const count = Number(head.text.slice(1));
  if (!Number.isInteger(count)) throw new Error('ERR Protocol error: invalid multibulk length');
  const request: Buffer[] = [];
  let at = head.end;
  while (request.length < count) {
    const line = readLine(bytes, at);
    if (line === undefined) return undefined;
    if (!line.text.startsWith('$'))
      throw new Error(`ERR Protocol error: expected '$', got '${line.text.charAt(0)}'`);
    const length = Number(line.text.slice(1));
    if (!Number.isInteger(length) || length < 0) throw new Error('ERR Protocol error: invalid bulk length');
    if (bytes.length < line.end + length + 2) return undefined;
    // A copy: a stored value must not keep the whole chunk it came in.
    request.push(Buffer.from(bytes.subarray(line.end, line.end + length)));
    at = line.end + length + 2;
  }
  return { request, end: at };
}

/** What a person types over telnet. */
function inlineRequest(line: Line): ReadResult {
  const words = line.text.split(/\s+/).filter((word) => word !== '');
  return { request: words.map((word) => Buffer.from(word, 'latin1')), end: line.end };
}

interface Line {
  readonly text: string;
  readonly end: number;
}

function readLine(bytes: Buffer, from: number): Line | undefined {
  const end = bytes.indexOf('\n', from);
  if (end === -1) return undefined;
  const text = bytes.toString('latin1', from, end);
  return { text: text.endsWith('\r') ? text.slice(0, -1) : text, end: end + 1 };
}
