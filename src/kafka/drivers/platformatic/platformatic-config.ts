import type { KafkaConnection } from '../../connection.js';

interface ClientOptions {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
}

/** What every client of ours of @platformatic/kafka is made with, whatever it does. */
export function platformaticConfig({ brokers, tls, sasl }: KafkaConnection, options: ClientOptions) {
  return {
    clientId: options.clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: options.connectTimeoutMs,
    ...(tls ? { tls } : {}),
    ...(sasl ? { sasl } : {}),
  };
}
