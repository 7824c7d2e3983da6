import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describeError } from '../errors/describe.js';
import {
  type KafkaSaslMechanism,
  type KafkaSecuritySettings,
  kafkaSecurityProblems,
} from '../protocols/kafka-security.js';
import { settingsError } from './settings-error.js';

/** What a driver needs to open a connection, of whatever kind: producers and consumers share it. */
export interface KafkaConnection {
  /** `host:port`, to begin with. */
  readonly brokers: readonly string[];
  /** Absent: plain text. */
  readonly tls?: KafkaTls;
  /** Absent: no login. */
  readonly sasl?: KafkaSasl;
}

/** As `tls.connect` takes it. Without `ca`, what Node trusts is trusted. */
export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

export interface KafkaSasl {
  readonly mechanism: KafkaSaslMechanism;
  readonly username: string;
  readonly password: string;
}

/**
 * The connection that settings ask for.
 * @throws SlipwayError SLIPWAY_KAFKA_SETTINGS naming all that does not fit together.
 */
export function kafkaConnection(
  brokers: readonly string[],
  settings: KafkaSecuritySettings = {},
): KafkaConnection {
  const problems = kafkaSecurityProblems(settings);
  if (problems.length > 0) {
    const all = problems.map(({ field, expected }) => `${field} has to be ${expected}`);
    throw settingsError(all.join('; '), 'Correct the security settings.');
  }
  const { securityProtocol = 'PLAINTEXT' } = settings;
  const { saslMechanism: mechanism, saslUsername: username, saslPassword: password } = settings;
  const sasl = mechanism &&
    username !== undefined &&
    password !== undefined && { mechanism, username, password };
  return {
    brokers,
    ...(securityProtocol.endsWith('SSL') ? { tls: tlsOf(settings) } : {}),
    ...(sasl ? { sasl } : {}),
  };
}

function tlsOf(settings: KafkaSecuritySettings): KafkaTls {
  const { sslCa: ca, sslCertificate: cert, sslPrivateKey: key, sslKeyPassword: passphrase } = settings;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  check('sslCa', () => ca === undefined || new X509Certificate(ca));
  check('sslCertificate', () => cert === undefined || new X509Certificate(cert));
  check('sslPrivateKey', () => createSecureContext(tls));
  return tls;
}

/** OpenSSL's reasons tell what is wrong, and nothing of the text. */
function check(field: string, read: () => unknown): void {
  try {
    read();
  } catch (reason) {
    throw settingsError(`${field} cannot be used: ${describeError(reason)}`, 'Give PEM text.');
  }
}
