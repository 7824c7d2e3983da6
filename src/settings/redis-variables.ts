import { z } from 'zod';
import { isHost, isRedisAddress } from './addresses.js';
import { clientId } from './client-id.js';
import { defineSettings } from './define-settings.js';
import { field } from './field.js';
import { pemField } from './pem.js';

/** REDIS_URL or the host form, REDIS_CLIENT_ID, REDIS_DEADLINE_MS, REDIS_MAX_VALUE_BYTES, REDIS_POOL_SIZE and others. */
export const redisVariables = defineSettings(
  {
    url: z
      .string()
      .refine(isRedisAddress)
      .meta({
        description:
          'The Redis server; `rediss://` for TLS, `redis-sentinel://` for sentinels, `redis-cluster://` for a cluster, `memory://` or `memory://name` embedded.',
        expected:
          'redis://host:port/db (URL-encoded user:password@ before the host), rediss://host:port/db, redis-sentinel://host:port,host:port/db?master=name, redis-cluster://host:port,host:port, or memory://[name]',
        defaultText: 'redis://redis:6379',
        example: 'redis://redis:6379',
      })
      .optional(),
    host: z
      .string()
      .refine(isHost)
      .meta({
        description: 'Host form, used where `REDIS_URL` is not set.',
        expected: 'a host without scheme and port; an address with those goes into REDIS_URL',
        defaultText: 'redis',
        example: 'redis',
      })
      .optional(),
    port: field.port({ description: 'Host form.', defaultText: '6379', example: '6379' }).optional(),
    db: field
      .integer({
        min: 0,
        max: 2 ** 31 - 1,
        expected: 'a database number, 0 or more',
        description: 'Host form.',
        defaultText: '0',
        example: '0',
      })
      .optional(),
    password: field.secret({ description: 'Host form. Any characters, not URL-encoded.' }).optional(),
    ssl: field.flag({ description: 'Host form: TLS.', defaultText: 'false', example: 'false' }).optional(),
    sslCa: pemField('CERTIFICATE', {
      description: 'The authorities to trust over TLS.',
      defaultText: 'those that Node trusts',
    }).optional(),
    sslCert: pemField('CERTIFICATE', {
      description: "The client's own certificate, for a server that asks for one. Needs `REDIS_SSL_KEY`.",
    }).optional(),
    sslKey: pemField('PRIVATE KEY', {
      description: 'The key of `REDIS_SSL_CERT`, without a passphrase.',
      secret: true,
    }).optional(),
    sslServername: field
      .matching(/^[A-Za-z0-9._:-]{1,253}$/, {
        description: "The name the server's certificate has to be for, where it is not the host.",
        expected: 'a host name',
      })
      .optional(),
    sentinelPassword: field
      .secret({ description: 'Of the sentinels themselves; that of the URL is for the servers.' })
      .optional(),
    clientId: clientId('Names the connection on the server and in logs.', '<service>-redis'),
    deadlineMs: field
      .milliseconds({ description: 'The longest any operation takes, waiting for the connection included.' })
      .default(4_000),
    maxValueBytes: field
      .integer({
        min: 1,
        max: 512 * 2 ** 20,
        description: 'A command with more bytes of arguments is refused before it is sent.',
      })
      .default(8 * 2 ** 20),
    poolSize: field
      .integer({
        min: 1,
        max: 1000,
        description: 'The most connections for transactions, sessions and blocking calls.',
      })
      .default(8),
    allowReadOnly: field
      .flag({ description: 'Start on a read-only replica too, where writes are refused.' })
      .default(false),
    required: field
      .flag({
        description:
          '`false`: the service starts without Redis too, and is ready without it; it is sought until it is there.',
      })
      .default(true),
    enabled: field
      .flag({ description: '`false`: nothing is connected to, and every call fails.' })
      .default(true),
  },
  { prefix: 'REDIS_' },
);

/** The host form's variables: ignored where REDIS_URL is set. */
export const redisHostVariables = [
  'REDIS_HOST',
  'REDIS_PORT',
  'REDIS_DB',
  'REDIS_PASSWORD',
  'REDIS_SSL',
] as const;
