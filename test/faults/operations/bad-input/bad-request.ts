import { connect } from 'node:net';
import { secret } from './environments.js';

export interface BadRequest {
  readonly what: string;
  readonly bytes: Buffer;
  /** The client says that nothing follows. */
  readonly ends?: boolean;
  /**
   * `refused`, the default: a status of 4xx with the error body. `served`: what is wrong is passed over. `bare`: node:http
   * refuses it by itself, without a body, before any handler knows of it.
   */
  readonly answer?: 'refused' | 'served' | 'bare';
}

type Headers = Readonly<Record<string, string>>;

/** A request as its client writes it, with a secret that must show nowhere. */
export function request(method: string, path: string, headers: Headers, body: string | Buffer = ''): Buffer {
  const all = { host: 'localhost', authorization: `Bearer ${secret}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}

export interface RawAnswer {
  /** 0: none came. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Only ends what hangs. */
const hangMs = 60_000;

/** Sends bytes on a connection of their own and reads one answer. Never rejects. */
export function send(
  port: number,
  { bytes, ends = false }: Pick<BadRequest, 'bytes' | 'ends'>,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => {
      if (ends) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setTimeout(hangMs, () => socket.destroy());
    // Of a server that has said all it has to say about a large body.
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (isWhole(received)) socket.destroy();
    });
    socket.once('close', () => resolve(readAnswer(received)));
  });
}

function isWhole(received: Buffer): boolean {
  const { headers, body, status } = readAnswer(received);
  if (status === 0) return false;
  const length = headers.get('content-length');
  return length !== undefined && Buffer.byteLength(body) >= Number(length);
}

function readAnswer(received: Buffer): RawAnswer {
  const end = received.indexOf('\r\n\r\n');
  const text = received.toString('latin1', 0, end === -1 ? received.length : end);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
  if (end === -1) return { status: 0, headers: new Map(), body: text };
  const lines = text.split('\r\n').slice(1);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const told = new Map(headers);
  const body = received.subarray(end + 4, end + 4 + Number(told.get('content-length') ?? Infinity));
  return { status, headers: told, body: body.toString() };
}

/** What is wrong with the answer; nothing where it is as documented. */
export function faultOf(
  { status, headers, body }: RawAnswer,
  { answer = 'refused' }: BadRequest,
): string | undefined {
  if (status === 0) return 'no answer';
  if (`${body}${[...headers.values()].join()}`.includes(secret)) return 'the secret is in the answer';
  const id = headers.get('x-correlation-id');
  if (answer === 'bare') return status >= 400 && status < 500 ? undefined : `status ${status}`;
  if (id === undefined || !/^[\x21-\x7e]{1,128}$/.test(id)) return `the correlation id is ${id}`;
  if (answer === 'served') return status === 200 ? undefined : `status ${status}`;
  if (status < 400 || status > 499) return `status ${status}`;
  return isErrorBody(body, id) ? undefined : `${status} has the body ${body.slice(0, 100)}`;
}

function isErrorBody(body: string, correlationId: string): boolean {
  try {
    const { error } = JSON.parse(body) as { error?: Record<string, unknown> };
    return (
      typeof error?.['code'] === 'string' &&
      /^[A-Z_]+$/.test(error['code']) &&
      typeof error['message'] === 'string' &&
      !error['message'].includes('\n') &&
      error['correlation_id'] === correlationId
    );
  } catch {
    return false;
  }
}
