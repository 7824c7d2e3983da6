import type { ErrorCode } from '../errors/codes.js';

/** What X.509 verification, OpenSSL and Node's own TLS call their errors. */
const tlsCodes =
  /CERT|CRL|SSL|TLS|^EPROTO$|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;

interface Failure {
  readonly code: ErrorCode;
  readonly advice: string;
}

const unreachable: Failure = {
  code: 'SLIPWAY_REDIS_UNREACHABLE',
  advice: 'Check that the server runs and that the address is right.',
};
const unknownHost: Failure = {
  code: 'SLIPWAY_REDIS_UNKNOWN_HOST',
  advice: 'Check how the host is spelt, and the name server.',
};
const noTls: Failure = {
  code: 'SLIPWAY_REDIS_TLS',
  advice:
    'Check that the certificate is for this host and signed by an authority this process trusts (tls.ca, REDIS_SSL_CA, NODE_EXTRA_CA_CERTS), and that the server speaks TLS on this port.',
};

/** What kept a connection from being made, as the system or TLS tells it. */
export function connectFailure(reason: unknown): Failure {
  const { code, syscall } = reason as NodeJS.ErrnoException;
  if (syscall === 'getaddrinfo') return unknownHost;
  return typeof code === 'string' && tlsCodes.test(code) ? noTls : unreachable;
}
