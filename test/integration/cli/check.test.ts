import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import { Child } from '../../support/child.js';
import { slipway, slipwayCheck } from '../../support/cli.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import { startScriptedServer } from '../../support/scripted-server.js';
import { freePort } from '../../support/servers/free-port.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { createTopics } from '../../support/kafka/topics.js';

const password = 'hunter2-secret';
const quick = ['--timeout', '2000'];

/** Takes connections and never says a word. */
async function silentServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const atRedis = (url: () => string, more: Readonly<Record<string, string>> = {}) => ({
  only: 'redis' as const,
  env: () => ({ REDIS_URL: url(), ...more }),
});

const atKafka = (servers: () => string, more: Readonly<Record<string, string>> = {}) => ({
  only: 'kafka' as const,
  env: () => ({ KAFKA_BOOTSTRAP_SERVERS: servers(), ...more }),
});

describe('slipway check', function () {
  this.timeout(60_000);
  let redisUrl: string;
  let kafkaServers: string;
  let certificate: Certificate;
  let locked: RunningRedis;
  let lockedUrl: string;
  let tlsPort: number;
  const topic = `check-${randomUUID()}`;

  before(async () => {
    redisUrl = process.env['SLIPWAY_TEST_REDIS_URL'] ?? '';
    kafkaServers = process.env['SLIPWAY_TEST_KAFKA'] ?? '';
    certificate = await selfSignedCertificate();
    tlsPort = await freePort();
    locked = await startRedis({
      config: {
        requirepass: password,
        'tls-port': String(tlsPort),
        'tls-cert-file': certificate.certificateFile,
        'tls-key-file': certificate.keyFile,
        'tls-ca-cert-file': certificate.certificateFile,
        'tls-auth-clients': 'no',
      },
    });
    lockedUrl = locked.url.replace('redis://', `redis://:${password}@`);
    const admin = new Kafka({ brokers: [kafkaServers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await createTopics(admin, [{ topic, numPartitions: 2 }]);
    await admin.disconnect();
  });

  after(async () => {
    await locked[Symbol.asyncDispose]();
    certificate[Symbol.dispose]();
  });

  it('finds nothing wrong where nothing is, with versions and times', async () => {
    const { code, ok, checks } = await slipwayCheck(['--topic', topic, '--timeout', '20000'], {
      REDIS_URL: redisUrl,
      KAFKA_BOOTSTRAP_SERVERS: kafkaServers,
    });
    expect(checks.filter(({ status }) => status !== 'ok')).to.deep.equal([]);
    expect({ code, ok }).to.deep.equal({ code: 0, ok: true });
    expect(checks.map(({ id }) => id)).to.deep.equal([
      'environment',
      ...['dns', 'tcp', 'auth', 'set', 'get', 'delete', 'pubsub'].map((name) => `redis.${name}`),
      ...['dns', 'tcp', 'protocol', 'auth', 'brokers', 'topic', 'produce', 'read'].map(
        (name) => `kafka.${name}`,
      ),
    ]);
    const detailOf = (id: string): string => checks.find((each) => each.id === id)?.detail ?? '';
    expect(detailOf('redis.auth')).to.match(/Redis \d+\.\d+\.\d+/);
    expect(detailOf('kafka.protocol')).to.match(/version \d\.\d or later/);
    expect(detailOf('kafka.topic')).to.contain('2 partitions');
    expect(detailOf('kafka.read')).to.match(/partition [01] at offset 0/);
    expect(checks.slice(1).every(({ ms }) => typeof ms === 'number' && ms >= 0)).to.equal(true);
  });

  it('takes TLS, a password and an authority, and shows whose certificate it is', async () => {
    const { code, checks } = await slipwayCheck(['--only', 'redis'], {
      REDIS_URL: `rediss://:${password}@localhost:${tlsPort}`,
      REDIS_SSL_CA: certificate.certificateFile,
    });
    // The certificate of the tests is a short one, which is worth a warning.
    const secured = checks.find(({ id }) => id === 'redis.tls');
    expect(secured).to.include({ status: 'warning' });
    expect(secured?.detail).to.match(/TLSv1\.\d, certificate of localhost, valid to \d{4}-/);
    expect(secured?.fix).to.match(/renew it/);
    expect(code).to.equal(0);
  });

  interface Broken {
    readonly what: string;
    readonly only: 'redis' | 'kafka';
    readonly env: () => Readonly<Record<string, string>>;
    readonly args?: readonly string[];
    readonly id: string;
    readonly cause: RegExp;
    readonly fix: RegExp;
  }

  const broken: readonly Broken[] = [
    {
      what: 'a host that nobody has',
      ...atRedis(() => `redis://:${password}@no-such-host.invalid`),
      id: 'redis.dns',
      cause: /no-such-host\.invalid/,
      fix: /REDIS_URL/,
    },
    {
      what: 'the host of docker compose, outside of it',
      ...atRedis(() => ''),
      id: 'redis.dns',
      cause: /redis/,
      fix: /docker compose alone: set REDIS_URL/,
    },
    {
      what: 'a port where nothing listens',
      ...atRedis(() => 'redis://127.0.0.1:1'),
      id: 'redis.tcp',
      cause: /nothing listens on 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
      fix: /Start Redis, or correct/,
    },
    {
      what: 'a wrong password',
      ...atRedis(() => lockedUrl.replace(password, 'nope-nope')),
      id: 'redis.auth',
      cause: /WRONGPASS/,
      fix: /REDIS_PASSWORD/,
    },
    {
      what: 'no password',
      ...atRedis(() => locked.url),
      id: 'redis.auth',
      cause: /NOAUTH/,
      fix: /Set REDIS_PASSWORD/,
    },
    {
      what: 'a database the server does not have',
      ...atRedis(() => `${redisUrl}/99`),
      id: 'redis.auth',
      cause: /DB index is out of range/,
      fix: /REDIS_DB/,
    },
    {
      what: 'TLS to a server without',
      ...atRedis(() => redisUrl.replace('redis:', 'rediss:')),
      id: 'redis.tls',
      cause: /speaks no TLS .* plain text/,
      fix: /redis:\/\/ in place of rediss:\/\//,
    },
    {
      what: 'no TLS to a server with',
      ...atRedis(() => `redis://127.0.0.1:${tlsPort}`),
      id: 'redis.auth',
      cause: /TLS/,
      fix: /rediss:\/\//,
    },
    {
      what: 'a certificate that is not trusted',
      ...atRedis(() => `rediss://:${password}@localhost:${tlsPort}`),
      id: 'redis.tls',
      cause: /not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
      fix: /REDIS_SSL_CA/,
    },
    {
      what: 'a certificate for another name',
      only: 'redis',
      env: () => ({
        REDIS_URL: `rediss://:${password}@localhost:${tlsPort}`,
        REDIS_SSL_CA: certificate.certificateFile,
        REDIS_SSL_SERVERNAME: 'cache.example',
      }),
      id: 'redis.tls',
      cause: /certificate is for DNS:localhost.* and not for cache\.example/,
      fix: /REDIS_SSL_SERVERNAME/,
    },
    {
      what: 'a Kafka in place of a Redis',
      ...atRedis(() => `redis://${kafkaServers}`),
      id: 'redis.auth',
      cause: /./,
      fix: /port of one|is a Redis/,
    },
    {
      what: 'a setting that is none',
      ...atRedis(() => redisUrl, { REDIS_DEADLINE_MS: 'soon' }),
      id: 'environment',
      cause: /REDIS_DEADLINE_MS is "soon"/,
      fix: /Set it to/,
    },
    {
      what: 'a broker that is not there',
      ...atKafka(() => '127.0.0.1:1'),
      id: 'kafka.tcp',
      cause: /nothing listens on 127\.0\.0\.1:1/,
      fix: /Start Kafka.*KAFKA_BOOTSTRAP_SERVERS/,
    },
    {
      what: 'a Redis in place of a Kafka',
      ...atKafka(() => redisUrl.replace('redis://', '')),
      id: 'kafka.protocol',
      cause: /hangs up or says nothing|no Kafka listens/,
      fix: /port|another server/,
    },
    {
      what: 'TLS to a Kafka without',
      ...atKafka(() => kafkaServers, { KAFKA_SECURITY_PROTOCOL: 'SSL' }),
      id: 'kafka.tls',
      cause: /Kafka speaks no TLS/,
      fix: /KAFKA_SECURITY_PROTOCOL to PLAINTEXT/,
    },
    {
      what: 'a topic that is not there',
      ...atKafka(() => kafkaServers),
      args: ['--topic', 'no-such-topic'],
      id: 'kafka.topic',
      cause: /there is no topic no-such-topic/,
      fix: /kafka-topics\.sh .*--create --topic no-such-topic/,
    },
  ];

  for (const { what, only, env, args = [], id, cause, fix } of broken) {
    it(`names the true cause: ${what}`, async () => {
      const { code, failed, text } = await slipwayCheck(['--only', only, ...quick, ...args], env());
      expect(
        failed.map((each) => each.id),
        text,
      ).to.deep.equal([id]);
      expect(failed[0]?.detail).to.match(cause);
      expect(failed[0]?.fix).to.match(fix);
      expect(code).to.equal(1);
      expect(text).to.not.contain(password).and.not.contain('nope-nope');
    });
  }

  it('names a server that says nothing, within its time', async () => {
    await using silent = await silentServer();
    const address = `127.0.0.1:${silent.port}`;
    const env = { REDIS_URL: `redis://${address}`, KAFKA_BOOTSTRAP_SERVERS: address };
    const found = await Promise.all(
      ['redis', 'kafka'].map((only) => slipwayCheck(['--timeout', '1500', '--only', only], env)),
    );
    const failed = found.flatMap((each) => each.failed);
    expect(failed.map(({ id }) => id)).to.deep.equal(['redis.auth', 'kafka.protocol']);
    for (const { detail, fix } of failed) {
      expect(detail).to.match(/no answer|says nothing/);
      expect(fix).to.match(/frozen|listener/);
    }
  });

  it('names an HTTP server in place of a Kafka by what it says', async () => {
    await using web = await startScriptedServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { failed } = await slipwayCheck(['--only', 'kafka', ...quick], {
      KAFKA_BOOTSTRAP_SERVERS: web.url.replace('redis://', ''),
    });
    expect(failed[0]?.detail).to.contain('it said "HTTP/1.1 400 Bad Request"');
  });

  it('names a broker that advertises an address which is unknown here', async () => {
    await using kafka = await KafkaWireDouble.start({ advertisedHost: 'broker-1.invalid' });
    const { failed, text } = await slipwayCheck(['--only', 'kafka', ...quick], {
      KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers,
    });
    expect(
      failed.map(({ id }) => id),
      text,
    ).to.deep.equal(['kafka.auth']);
    expect(failed[0]?.detail).to.match(
      /says that the broker is at broker-1\.invalid:\d+, which cannot be reached/,
    );
    expect(failed[0]?.fix).to.contain('advertised.listeners');
  });

  it('does not try what is switched off', async () => {
    const nowhere = { REDIS_URL: 'redis://127.0.0.1:1', KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' };
    const off = { REDIS_ENABLED: 'false', KAFKA_ENABLED: 'false' };
    const { code, ok, checks } = await slipwayCheck([], { ...nowhere, ...off });
    expect(checks.slice(1)).to.deep.equal([
      { id: 'redis', status: 'skipped', detail: 'not checked: REDIS_ENABLED is false' },
      { id: 'kafka', status: 'skipped', detail: 'not checked: KAFKA_ENABLED is false' },
    ]);
    expect({ code, ok }).to.deep.equal({ code: 0, ok: true });
  });

  it('tells of an optional server that is down, and that it is optional', async () => {
    const nowhere = { REDIS_URL: 'redis://127.0.0.1:1', KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' };
    const found = await slipwayCheck(quick, { ...nowhere, REDIS_REQUIRED: 'false' });
    expect(found.failed.map(({ id, optional }) => [id, optional])).to.deep.equal([
      ['redis.tcp', true],
      ['kafka.tcp', undefined],
    ]);
    expect(found.code).to.equal(1);
    const env = { SERVICE_NAME: 'checked', ...nowhere, KAFKA_REQUIRED: 'false' };
    const { code, out } = await slipway(['check', '--only', 'kafka', ...quick], env);
    expect(code).to.equal(1);
    expect(out).to.match(/^FAIL {2}kafka\.tcp .*; it is optional, the service starts without it/m);
  });

  it('has nothing more to say of an optional server that is there', async () => {
    const { code, checks } = await slipwayCheck(['--only', 'redis'], {
      REDIS_URL: redisUrl,
      REDIS_REQUIRED: 'false',
    });
    expect(code).to.equal(0);
    expect(checks.filter(({ optional }) => optional !== undefined)).to.deep.equal([]);
  });

  it('is content with one of several brokers, and names the other', async () => {
    const { code, checks } = await slipwayCheck(['--only', 'kafka'], {
      KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:1,${kafkaServers}`,
    });
    expect(checks.find(({ target }) => target === '127.0.0.1:1')).to.include({ id: 'kafka.dns' });
    expect(
      checks.filter(({ status }) => status === 'warning').map(({ id, target }) => [id, target]),
    ).to.deep.equal([['kafka.tcp', '127.0.0.1:1']]);
    expect(code).to.equal(0);
  });

  it('prints a line each, the fix under each failure, and leaves nothing in Redis', async () => {
    const { code, out } = await slipway(['check', '--only', 'redis'], {
      SERVICE_NAME: 'checked',
      REDIS_URL: lockedUrl,
    });
    expect(code).to.equal(0);
    expect(out)
      .to.match(/^ok {4}redis\.auth .*Redis \d/m)
      .and.match(/\n8 ok\n$/);
    const refused = await slipway(['check', '--only', 'redis'], {
      SERVICE_NAME: 'checked',
      REDIS_URL: locked.url,
    });
    expect(refused.out).to.match(/^FAIL {2}redis\.auth .*NOAUTH.*\n {26}fix: .*REDIS_PASSWORD/m);
    expect(refused.out).to.match(/3 ok, 1 failed, 4 not tried\n$/);
  });

  it('runs as a process, ends by itself and exits with what it found', async () => {
    const args = [join('build', 'src', 'cli', 'main.js'), 'check', '--only', 'redis'];
    const env = { SERVICE_NAME: 'checked', REDIS_URL: 'redis://127.0.0.1:1' };
    await using child = new Child(process.execPath, args, { env });
    const { code } = await child.ended;
    expect(code).to.equal(1);
    expect(child.stdout).to.contain('FAIL  redis.tcp');
  });
});
