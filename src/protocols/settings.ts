import type { KafkaSecuritySettings } from './kafka-security.js';
import { token } from '../tokens/token.js';

export type Environment = 'development' | 'testing' | 'staging' | 'production';

export interface ServiceSettings {
  readonly serviceName: string;
  /** Default `development`. */
  readonly environment: Environment;
  /** Default `info`. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Default `json`. */
  readonly logFormat: 'json' | 'console';
}
export const ServiceSettings = token<ServiceSettings>()('ServiceSettings');

export interface RedisSettings {
  /** Names the connection on the server and in logs. Default `<service>-redis`. */
  readonly clientId: string;
  /** `redis://[user:password@]host:port/db`, `rediss://` for TLS, `memory://` or `memory://name` embedded. */
  readonly url: string;
  /** The longest any operation takes, waiting for the connection included. Milliseconds, default 4000. */
  readonly deadlineMs: number;
}
export const RedisSettings = token<RedisSettings>()('RedisSettings');

export type KafkaCompression = 'none' | 'gzip';

/** What speaks to the brokers. `platformatic` needs the package @platformatic/kafka and Node 22.22 or 24.6. */
export type KafkaDriverName = 'kafkajs' | 'platformatic';

export interface KafkaSettings extends KafkaSecuritySettings {
  /** Names the producer on the broker and in logs. Default `<service>-producer`. */
  readonly clientId: string;
  /** `host:port`, several of them, or `memory://` and `memory://name` embedded. */
  readonly bootstrapServers: readonly string[];
  /** The consumer group. Default `<service>`. */
  readonly groupId: string;
  /** Where a group without committed offsets begins. Default `latest`, as in the original. */
  readonly autoOffsetReset: 'earliest' | 'latest';
  /** Milliseconds, default 30000. */
  readonly sessionTimeoutMs: number;
  /** The longest one request to a broker takes. Milliseconds, default 40000. */
  readonly requestTimeoutMs: number;
  /** The first pause between attempts. Milliseconds, default 100. */
  readonly retryBackoffMs: number;
  /** The longest a publish takes from the call to its end, retries included. Milliseconds, default 30000. */
  readonly deliveryTimeoutMs: number;
  /** How batches are packed on the wire. Default `none`. */
  readonly compression: KafkaCompression;
  /** Default `kafkajs`. */
  readonly driver: KafkaDriverName;
}
export const KafkaSettings = token<KafkaSettings>()('KafkaSettings');
