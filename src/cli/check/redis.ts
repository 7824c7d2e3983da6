import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../../errors/codes.js';
import { describeError } from '../../errors/describe.js';
import { RedisError } from '../../errors/redis-error.js';
import type { RedisSettings } from '../../protocols/settings.js';
import { RedisClient } from '../../redis/redis-client.js';
import { parseRedisUrl, type RedisTarget } from '../../redis/redis-url.js';
import { tlsOptions } from '../../redis/tls-options.js';
import { askPlain, type Target } from './network.js';
import { reachable } from './reachable.js';
import { type CheckRun, type Failed, type Passed, unforeseen } from './run.js';
import type { TlsCheck } from './tls.js';

const afterNetwork = ['redis.auth', 'redis.set', 'redis.get', 'redis.delete', 'redis.pubsub'];

/** Redis from its name to a message of pub/sub. */
export async function checkRedis(run: CheckRun, settings: RedisSettings): Promise<void> {
  const target = parseRedisUrl(settings.url);
  if (target.kind !== 'memory') {
    const reached = await reachable(run, 'redis', targetsOf(target), tlsOf(target, settings));
    if (reached.length === 0) {
      run.skip(afterNetwork, 'Redis was not reached');
      return;
    }
  }
  // A client that may do without its server would not tell that it is away.
  const insistent = { ...settings, deadlineMs: run.timeoutMs, startup: 'required' as const };
  const client = new RedisClient(insistent);
  try {
    const connected = await run.step({
      id: 'redis.auth',
      target: target.address,
      work: async () => {
        await client.start();
        return connection(client, target);
      },
      explain: explainRedis,
      onTimeout: fixes.SLIPWAY_REDIS_TIMEOUT ?? '',
    });
    if (connected === undefined) run.skip(afterNetwork.slice(1), 'there is no connection');
    else await checkCommands(run, client);
  } finally {
    await client.stop();
  }
}

function targetsOf(target: Exclude<RedisTarget, { kind: 'memory' }>): readonly Target[] {
  const nodes = target.kind === 'network' ? [target] : target.nodes;
  return nodes.map(({ host, port }) => ({ host, port, variable: 'REDIS_URL', server: 'Redis' }));
}

function tlsOf(
  target: RedisTarget,
  settings: RedisSettings,
): ((node: Target) => TlsCheck) | Failed | undefined {
  if (target.kind === 'memory' || !target.tls) return undefined;
  try {
    const options = tlsOptions(settings.tls ?? {});
    return (node) => ({
      options,
      servername: settings.tls?.servername,
      caVariable: 'REDIS_SSL_CA',
      plainFix:
        'Write REDIS_URL with redis:// in place of rediss://, or turn on TLS on the server (tls-port).',
      nameFix: 'Write a name of the certificate into REDIS_URL, or set REDIS_SSL_SERVERNAME to it.',
      speaksPlain: async (signal) =>
        /^[+-]/.test((await askPlain(node, Buffer.from('PING\r\n'), signal)).toString('latin1')),
    });
  } catch (error) {
    const fix =
      'Give PEM, or the path of a PEM file that this process may read, in REDIS_SSL_CA, _CERT and _KEY.';
    return { failed: describeError(error), fix };
  }
}

async function connection(client: RedisClient, target: RedisTarget): Promise<Passed<undefined>> {
  const who = 'username' in target && target.username !== undefined ? `as ${target.username}` : 'connected';
  const db = 'db' in target ? `, database ${target.db}` : '';
  const version = await versionOf(client);
  return { detail: `${who}${db}${version === undefined ? '' : `, Redis ${version}`}`, value: undefined };
}

/** Undefined where the server does not tell: a cluster has several, and a user may lack the right to ask. */
async function versionOf(client: RedisClient): Promise<string | undefined> {
  try {
    return /^redis_version:(\S+)/m.exec(String(await client.raw.call('INFO', 'server')))?.[1];
  } catch {
    return undefined;
  }
}

async function checkCommands(run: CheckRun, client: RedisClient): Promise<void> {
  const key = `slipway:check:${randomUUID()}`;
  const value = randomUUID();
  const common = { explain: explainRedis, onTimeout: fixes.SLIPWAY_REDIS_TIMEOUT ?? '' };
  const stored = await run.step({
    ...common,
    id: 'redis.set',
    work: async () => {
      // What a check that was ended leaves behind goes by itself.
      await client.setex(key, 60, value);
      return { detail: `stored ${key}`, value: undefined };
    },
  });
  if (stored === undefined) run.skip(['redis.get', 'redis.delete'], 'nothing was stored');
  else {
    await run.step({
      ...common,
      id: 'redis.get',
      work: async () => compared('read it back', value, await client.get(key)),
    });
    await run.step({
      ...common,
      id: 'redis.delete',
      work: async () => {
        await client.deleteKey(key);
        return compared('deleted it', null, await client.get(key));
      },
    });
  }
  await run.step({
    ...common,
    id: 'redis.pubsub',
    work: async (signal) => {
      await using subscription = await client.subscribe(key, { signal });
      const receivers = await client.publish(key, value);
      for await (const { data } of subscription) {
        return compared(`published and received, ${receivers} subscriber`, value, data);
      }
      return compared('', value, null);
    },
    onTimeout:
      'The subscription was confirmed and the message did not come: see that the address is one server, and not a proxy before several.',
  });
}

function compared(detail: string, expected: string | null, got: string | null): Passed<undefined> | Failed {
  if (got === expected) return { detail, value: undefined };
  return {
    failed: `it gave ${got === null ? 'nothing' : 'another value'} where ${expected === null ? 'nothing' : 'what was written'} should be`,
    fix: 'See that the address is one Redis, and not a proxy before several that do not share their data.',
  };
}

const fixes: Partial<Record<ErrorCode, string>> = {
  SLIPWAY_REDIS_WRONG_PASSWORD:
    'Correct user and password in REDIS_URL (redis://user:password@host:port), or REDIS_PASSWORD. A server without a password wants none.',
  SLIPWAY_REDIS_NO_AUTH:
    'Set REDIS_PASSWORD to what the server wants, or write it into REDIS_URL (redis://:password@host:port).',
  SLIPWAY_REDIS_NO_PERMISSION: 'Give the user this right on the server: ACL SETUSER.',
  SLIPWAY_REDIS_DB_OUT_OF_RANGE:
    'Choose a lower database number in REDIS_URL (behind the last /) or REDIS_DB; a server has 16 by default, a cluster only 0.',
  SLIPWAY_REDIS_MAX_CLIENTS:
    'Close unused connections (CLIENT LIST shows them), or raise maxclients on the server.',
  SLIPWAY_REDIS_LOADING: 'The server reads its data from disk: wait, and check again.',
  SLIPWAY_REDIS_READ_ONLY:
    'This is a replica: set REDIS_URL to the primary, or REDIS_ALLOW_READ_ONLY=true for a service that only reads.',
  SLIPWAY_REDIS_TLS:
    'Where the server speaks TLS, write REDIS_URL with rediss://; where it wants a certificate of the client, set REDIS_SSL_CERT and REDIS_SSL_KEY.',
  SLIPWAY_REDIS_TIMEOUT:
    'Something takes the connection and does not answer: see that the server is not frozen (a debugger, a full disk, a slow script), and that it is a Redis.',
  SLIPWAY_REDIS_UNREACHABLE:
    'The server hangs up when it is spoken to as a Redis: see that this is the port of one, and its log.',
  SLIPWAY_REDIS_CONNECTION_LOST: "See the server's log for why it hangs up, and that it is a Redis.",
  SLIPWAY_REDIS_OUT_OF_MEMORY: 'Delete keys, give them a time to live, or raise maxmemory on the server.',
  SLIPWAY_REDIS_NOT_PERSISTING: 'The server cannot write to its disk and takes no writes: see its log.',
  SLIPWAY_REDIS_NO_REPLICAS: 'Bring the replicas back, or lower min-replicas-to-write on the server.',
  SLIPWAY_REDIS_NO_PRIMARY:
    'Correct the name behind ?master= in REDIS_URL, and see that the sentinels agree on a primary.',
  SLIPWAY_REDIS_MOVED: 'This server is one of a cluster: write REDIS_URL with redis-cluster://.',
  SLIPWAY_REDIS_NO_CLUSTER: 'This server is no cluster: write REDIS_URL with redis://.',
};

const noRedis: Failed = {
  failed: 'no Redis listens there: it answers in another protocol',
  fix: 'Correct host and port in REDIS_URL: another server listens there.',
};

function explainRedis(error: unknown): Failed {
  if (!RedisError.is(error)) return unforeseen(error);
  const { code, cause } = error;
  const words = cause instanceof Error ? describeError(innermost(cause)) : error.rawMessage;
  // The driver's words for an answer of another protocol, HTTP's say.
  if (words.startsWith('Unknown RESP type')) return { ...noRedis, code };
  return {
    // The server's own words, where it said some.
    failed: words,
    fix: fixes[code] ?? `See docs/errors.md, ${code}.`,
    code,
  };
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
