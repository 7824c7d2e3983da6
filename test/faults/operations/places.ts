import { freePort } from '../../support/servers/free-port.js';
import { type RunningKafka, startKafka } from '../../support/servers/kafka-server.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import type { Place, ServerName } from './cells.js';

/** Where the servers of all cells are. */
export type Places = Readonly<Record<ServerName, Place>>;

// The slash is one that URLs encode.
const redisPassword = 'Zeder/7-Schloss';
const kafkaPassword = 'hunter2-of-ada';

/** Passwords, in every form in which they could get into a log. */
export const secrets: readonly string[] = [redisPassword, kafkaPassword].flatMap((password) => [
  password,
  encodeURIComponent(password),
  Buffer.from(password).toString('base64').replaceAll('=', ''),
]);

/** A Redis that asks for a password. */
export function startOwnRedis(): Promise<RunningRedis> {
  return startRedis({ config: { requirepass: redisPassword } });
}

/** A Kafka that asks for a password and sends its clients to `proxy`, which is set before it. */
export async function startOwnKafka(proxy: TcpProxy): Promise<RunningKafka> {
  const port = await freePort();
  const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_ada="${kafkaPassword}";`;
  const server = await startKafka({
    listeners: { SASL_PLAINTEXT: { port, advertisedPort: proxy.port } },
    properties: {
      // As many events are handled at a time.
      'num.partitions': '3',
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': login,
    },
  });
  proxy.retarget(port);
  return server;
}

/** The address of Redis for whoever asks it at `port`, with its password. */
export function redisUrl(port: number): string {
  return `redis://default:${encodeURIComponent(redisPassword)}@127.0.0.1:${port}`;
}

/** What a service needs to get to the servers by their proxies, and the limits that ./limits.ts counts on. */
export function serviceEnvironment({ redis, kafka }: Places): Record<string, string> {
  return {
    SERVICE_NAME: 'work',
    PORT: '0',
    LOG_LEVEL: 'info',
    REDIS_URL: redisUrl(redis.proxy.port),
    REDIS_DEADLINE_MS: '3000',
    KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${kafka.proxy.port}`,
    KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: 'ada',
    KAFKA_SASL_PASSWORD: kafkaPassword,
    KAFKA_AUTO_OFFSET_RESET: 'earliest',
    KAFKA_DELIVERY_TIMEOUT_MS: '6000',
    KAFKA_SESSION_TIMEOUT_MS: '6000',
  };
}
