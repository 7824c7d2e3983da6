import { type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import type { Logger } from '../../../protocols/logger.js';
import type { KafkaConnection, KafkaSasl } from '../../connection.js';
import { kafkaJsLogCreator } from './log-creator.js';
import type { SocketTracker } from './socket-tracker.js';

const mechanisms = {
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram-sha-256',
  'SCRAM-SHA-512': 'scram-sha-512',
} as const;

interface ClientOptions {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
}

/** What every kafkajs client of ours is made with, whether it produces or consumes. */
export function kafkaJsConfig(
  { brokers, tls, sasl }: KafkaConnection,
  options: ClientOptions,
  sockets: SocketTracker,
): KafkaConfig {
  return {
    clientId: options.clientId,
    brokers: [...brokers],
    connectionTimeout: options.connectTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    ...(tls ? { ssl: tls } : {}),
    ...(sasl ? { sasl: saslOptions(sasl) } : {}),
    socketFactory: sockets.factory,
    logLevel: logLevel.INFO,
    logCreator: kafkaJsLogCreator(options.logger),
  };
}

/** A new object each time: kafkajs keeps things in it. */
function saslOptions({ mechanism, username, password }: KafkaSasl): SASLOptions {
  return { mechanism: mechanisms[mechanism], username, password };
}
