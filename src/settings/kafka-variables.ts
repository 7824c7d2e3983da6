import { z } from 'zod';
import {
  kafkaSaslMechanisms,
  kafkaSecurityProblems,
  kafkaSecurityProtocols,
  type KafkaSecuritySettings,
} from '../protocols/kafka-security.js';
import { readBootstrapServers } from './addresses.js';
import { clientId } from './client-id.js';
import { defineSettings } from './define-settings.js';
import { field } from './field.js';
import { pemField } from './pem.js';

const kafkaFields = {
  bootstrapServers: z
    .string()
    .transform((text, context) => {
      const servers = readBootstrapServers(text);
      if (servers !== undefined) return servers;
      context.addIssue('not a list of servers');
      return z.NEVER;
    })
    .meta({
      description: 'Brokers to begin with; `memory://` or `memory://name` embedded.',
      expected: 'host:port, several separated by commas, or memory://[name]',
    })
    .default(['kafka:9092']),
  clientId: clientId('Names the producer on the broker and in logs.', '<service>-producer'),
  groupId: field
    .matching(/^[\x21-\x7e]{1,200}$/, {
      description: 'The consumer group.',
      expected: 'up to 200 printable ASCII characters without spaces',
      defaultText: '<service>',
    })
    .optional(),
  autoOffsetReset: field
    .choice(['earliest', 'latest'], { description: 'Where a group without committed offsets begins.' })
    .default('latest'),
  enableAutoCommit: field
    .flag({
      description: 'Accepted with a warning when true: slipway commits after success, never by a timer.',
    })
    .default(false),
  sessionTimeoutMs: field
    .milliseconds({
      description:
        'A member not heard of for so long loses its partitions. Brokers allow 6000 to 1800000 unless set otherwise.',
    })
    .default(30_000),
  requestTimeoutMs: field
    .milliseconds({ description: 'The longest one request to a broker takes.' })
    .default(40_000),
  retryBackoffMs: field.milliseconds({ description: 'The first pause between attempts.' }).default(100),
  deliveryTimeoutMs: field
    .milliseconds({
      description: 'The longest a publish takes from the call to its end, retries included.',
    })
    .default(30_000),
  compression: field
    .choice(['none', 'gzip'], { description: 'How batches are packed on the wire.' })
    .default('none'),
  driver: field
    .choice(['kafkajs', 'platformatic'], {
      description:
        'What speaks to the brokers; `platformatic` needs @platformatic/kafka and Node 22.22 or 24.6.',
    })
    .default('kafkajs'),
  required: field
    .flag({
      description:
        '`false`: the service starts without Kafka too, and is ready without it; it is sought until it is there.',
    })
    .default(true),
  enabled: field
    .flag({ description: '`false`: nothing is connected to, publishes fail and nothing is consumed.' })
    .default(true),
  securityProtocol: field
    .choice(kafkaSecurityProtocols, { description: 'TLS or not, a login or not.' })
    .default('PLAINTEXT'),
  saslMechanism: field.choice(kafkaSaslMechanisms, { description: 'The kind of login.' }).optional(),
  saslUsername: field.text({ description: 'The login.' }).optional(),
  saslPassword: field.secret({ description: 'The login.' }).optional(),
  sslCa: pemField('CERTIFICATE', {
    description: 'The certificates that are trusted.',
    defaultText: 'those that Node trusts',
  }).optional(),
  sslCertificate: pemField('CERTIFICATE', {
    description: "This client's certificate, for brokers that ask for one.",
  }).optional(),
  sslPrivateKey: pemField('PRIVATE KEY', {
    description: 'The key of `KAFKA_SSL_CERTIFICATE`.',
    variable: 'SSL_KEY',
    secret: true,
  }).optional(),
  sslKeyPassword: field.secret({ description: 'Opens `KAFKA_SSL_KEY` if it is encrypted.' }).optional(),
};

const securityFields = [
  'securityProtocol',
  'saslMechanism',
  'saslUsername',
  'saslPassword',
  'sslCa',
  'sslCertificate',
  'sslPrivateKey',
  'sslKeyPassword',
] as const satisfies readonly (keyof KafkaSecuritySettings)[];

/** KAFKA_BOOTSTRAP_SERVERS and the rest of Kafka's. */
export const kafkaVariables = defineSettings(
  z.object(kafkaFields).check(
    z.superRefine(
      (settings, context) => {
        for (const { field: key, expected } of kafkaSecurityProblems(settings)) {
          context.addIssue({ code: 'custom', path: [key], message: expected });
        }
      },
      // Whatever is wrong with the others: all faults are told at once.
      { when: ({ issues }) => !issues.some(({ path }) => securityFields.some((key) => key === path?.[0])) },
    ),
  ),
  { prefix: 'KAFKA_' },
);
