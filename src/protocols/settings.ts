import type { Startup } from './component.js';
import type { KafkaSecuritySettings } from './kafka-security.js';
import { token } from '../tokens/token.js';
import type { LogLevel, LogThreshold } from './log-levels.js';

export type Environment = 'development' | 'testing' | 'staging' | 'production';

export interface ServiceSettings {
  readonly serviceName: string;
  /** Default `development`. */
  readonly environment: Environment;
  /** Default `info`. */
  readonly logLevel: LogLevel;
  /** Default `json`. */
  readonly logFormat: 'json' | 'console';
  /** The names of the fields in JSON. Default `slipway`. */
  readonly logFields?: 'slipway' | 'original';
  /** Levels of single modules by name, or by the beginning of names with a `*` behind it. */
  readonly logLevels?: Readonly<Record<string, LogThreshold>>;
  /** Lines go to this file too. Default: to no file. */
  readonly logFile?: {
    /** Default `/app/logs/<service>.log`. */
    readonly path: string;
    /** A line that would fill the file to so many bytes begins a new one; 0: never. Default 104857600. */
    readonly maxBytes: number;
    /** How many files are kept beside it. Default 10. */
    readonly backupCount: number;
  };
}
export const ServiceSettings = token<ServiceSettings>()('ServiceSettings');

/** How a server is trusted over TLS, and how the client shows who it is. Each certificate or key is PEM text. */
export interface RedisTlsSettings {
  /** The authorities that may have signed the server's certificate, in place of those Node trusts. */
  readonly ca?: string;
  /** The client's own certificate, for a server that asks for one; needs `key`. */
  readonly cert?: string;
  /** The private key of `cert`, without a passphrase. */
  readonly key?: string;
  /** The name the server's certificate has to be for, where it is not the host of the address. */
  readonly servername?: string;
}

export interface RedisSettings {
  /** Names the connection on the server and in logs. Default `<service>-redis`. */
  readonly clientId: string;
  /**
   * `redis://[user:password@]host:port/db`, `rediss://` for TLS, `redis-sentinel://[user:password@]host:port,host:port/db?master=name`
   * for a primary that sentinels watch, `redis-cluster://[user:password@]host:port,host:port` for a cluster (`rediss-...` for
   * TLS), `memory://` or `memory://name` embedded.
   */
  readonly url: string;
  /** For an address with TLS alone. */
  readonly tls?: RedisTlsSettings;
  /** Of the sentinels themselves, where they want one: that in the address is the servers'. */
  readonly sentinelPassword?: string;
  /** The longest any operation takes, waiting for the connection included. Milliseconds, default 4000. */
  readonly deadlineMs: number;
  /**
   * The most bytes the arguments of one command may have together; larger ones are refused before they are sent, for
   * they hold up the process and all other callers. Default 8388608, which is 8 MiB; up to 536870912.
   */
  readonly maxValueBytes: number;
  /**
   * The most connections that transactions, sessions and blocking calls have together; who finds none waits within the
   * deadline. From 1 to 1000, default 8: the server runs one command at a time, so more are no faster, and a thousand
   * processes with 8 each stay within the 10000 clients that a server takes by default.
   */
  readonly poolSize: number;
  /** Lets `start()` succeed on a read-only replica, where writes are refused. Default `false`. */
  readonly allowReadOnly: boolean;
  /**
   * `optional`: where the server is away at start, the application starts all the same, calls fail at once, and the client
   * seeks the server until it is there. Default `required`: the start fails.
   */
  readonly startup?: Startup;
  /** `false`: nothing is connected to, and every call fails with SLIPWAY_REDIS_DISABLED. Default `true`. */
  readonly enabled?: boolean;
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
  /**
   * `optional`: where Kafka is away at start, the application starts all the same, publishes fail at once, and producer and
   * consumer seek the brokers until they are there. Default `required`: the start fails.
   */
  readonly startup?: Startup;
  /** `false`: nothing is connected to, publishes fail with SLIPWAY_KAFKA_DISABLED, nothing is consumed. Default `true`. */
  readonly enabled?: boolean;
}
export const KafkaSettings = token<KafkaSettings>()('KafkaSettings');
