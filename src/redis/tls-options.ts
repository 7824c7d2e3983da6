import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { describeError } from '../errors/describe.js';
import { RedisError } from '../errors/redis-error.js';
import type { RedisTlsSettings } from '../protocols/settings.js';

/** As `tls.connect` takes them. */
export interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly servername?: string;
}

/**
 * Reads certificates and key, once for all connections.
 * @throws RedisError SLIPWAY_REDIS_SETTINGS naming the one that cannot be used, with OpenSSL's reason and nothing of its text.
 */
export function tlsOptions({ ca, cert, key, servername }: RedisTlsSettings): TlsOptions {
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid('tls', 'needs cert and key together');
  }
  check('ca', () => ca === undefined || new X509Certificate(ca));
  check('cert', () => cert === undefined || new X509Certificate(cert));
  const given = Object.entries({ ca, cert, key }).filter(([, pem]) => pem !== undefined);
  const secureContext = check('key', () => createSecureContext(Object.fromEntries(given)));
  return { secureContext, ...(servername === undefined ? {} : { servername }) };
}

function check<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (reason) {
    throw invalid(`tls.${field}`, `cannot be used: ${describeError(reason)}. Give PEM text`);
  }
}

function invalid(field: string, what: string): RedisError {
  return new RedisError('SLIPWAY_REDIS_SETTINGS', {
    message: `The Redis setting ${field} ${what}.`,
    context: { field },
  });
}
