import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProblemAnswer } from './problem.js';

/** How long a client may take to read its answer and close. RFC 9112, 9.6 wants a moment: else a reset may eat the answer. */
const lingerMs = 1_000;

/** Writes a whole HTTP answer on a bare connection and ends it. */
export function endSocket(socket: Duplex, { statusCode, headers, body }: ProblemAnswer): void {
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\n${lines.join('')}\r\n${body}`);
  leave(socket);
}

/**
 * Sees to it that a connection that was ended goes, whatever its client does: sockets of an HTTP server stay open until the
 * client closes too, which is seen only where all that it sent is read.
 */
export function leave(socket: Duplex): void {
  // A client that is gone already says so by an error, which would end the process if nobody listened.
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}
