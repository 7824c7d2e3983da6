export const kafkaSecurityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
/** As librdkafka and the Java client name them: with TLS or without, with a login or without. */
export type KafkaSecurityProtocol = (typeof kafkaSecurityProtocols)[number];

export const kafkaSaslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type KafkaSaslMechanism = (typeof kafkaSaslMechanisms)[number];

/** How the brokers are spoken to. The same for producers and consumers. */
export interface KafkaSecuritySettings {
  /** Default `PLAINTEXT`. */
  readonly securityProtocol?: KafkaSecurityProtocol | undefined;
  readonly saslMechanism?: KafkaSaslMechanism | undefined;
  readonly saslUsername?: string | undefined;
  readonly saslPassword?: string | undefined;
  /** Certificates that are trusted, as PEM. Default: those that Node trusts. */
  readonly sslCa?: string | undefined;
  /** This client's own certificate, as PEM, for brokers that ask for one. */
  readonly sslCertificate?: string | undefined;
  /** The key of {@link sslCertificate}, as PEM. */
  readonly sslPrivateKey?: string | undefined;
  /** Opens {@link sslPrivateKey} if it is encrypted. */
  readonly sslKeyPassword?: string | undefined;
}

/** A setting that does not go with the others. */
export interface KafkaSecurityProblem {
  readonly field: keyof KafkaSecuritySettings;
  readonly expected: string;
}

/** What of the settings does not fit together. */
export function kafkaSecurityProblems(settings: KafkaSecuritySettings): readonly KafkaSecurityProblem[] {
  const { securityProtocol: protocol = 'PLAINTEXT' } = settings;
  const problems: KafkaSecurityProblem[] = [];
  const has = (field: keyof KafkaSecuritySettings): boolean => settings[field] !== undefined;
  const need = (field: keyof KafkaSecuritySettings, why: string): void => {
    if (!has(field)) problems.push({ field, expected: `a value, since ${why}` });
  };
  const saslFields = ['saslMechanism', 'saslUsername', 'saslPassword'] as const;
  if (protocol.startsWith('SASL_')) {
    for (const field of saslFields) need(field, `the security protocol is ${protocol}`);
  } else if (saslFields.some(has)) {
    problems.push({
      field: 'securityProtocol',
      expected: 'SASL_SSL or SASL_PLAINTEXT, since a login is given',
    });
  }
  const sslFields = ['sslCa', 'sslCertificate', 'sslPrivateKey', 'sslKeyPassword'] as const;
  if (!protocol.endsWith('SSL') && sslFields.some(has)) {
    problems.push({ field: 'securityProtocol', expected: 'SSL or SASL_SSL, since certificates are given' });
  }
  if (has('sslCertificate')) need('sslPrivateKey', 'a certificate is given');
  if (has('sslPrivateKey')) need('sslCertificate', 'its key is given');
  if (has('sslKeyPassword')) need('sslPrivateKey', 'its password is given');
  return problems;
}
