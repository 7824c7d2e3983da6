import type { FailureKind } from './driver-error.js';

interface SocketError {
  readonly code?: unknown;
  readonly message: string;
}

/** Node's codes of certificates that are not trusted. */
const certificateCode =
  /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_TLS_)/;

/** What an error of Node's sockets means, where it means more than that the connection failed. */
export function kindOfSocketError({ code, message }: SocketError): FailureKind | undefined {
  const text = typeof code === 'string' ? code : '';
  if (text === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'protocol';
  if (certificateCode.test(text) || text.startsWith('ERR_SSL_')) return 'tls';
  // Node's words for a peer that hangs up on the first bytes of TLS. A Kafka listener without TLS takes them for the
  // length of a request, and one that is too large.
  return message.includes('before secure TLS connection was established') ? 'protocol' : undefined;
}
