import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { problemBody } from '../../../src/index.js';

const answers: Readonly<Record<string, { readonly statusCode: number; readonly code: string }>> = {
  HPE_HEADER_OVERFLOW: { statusCode: 431, code: 'HEADERS_TOO_LARGE' },
  ERR_HTTP_REQUEST_TIMEOUT: { statusCode: 408, code: 'REQUEST_TIMEOUT' },
};

/** Answers what is no HTTP request, or did not come to its end, in the shape of all other errors. */
export function answerUnreadable(error: { readonly code: string }, socket: Socket, service: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { statusCode, code } = answers[error.code] ?? { statusCode: 400, code: 'INVALID_REQUEST' };
  const correlationId = randomUUID();
  const message = 'The request is not HTTP as this server reads it.';
  const body = JSON.stringify(problemBody({ code, message }, { correlationId, service }));
  socket.end(
    [
      `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Correlation-ID: ${correlationId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
