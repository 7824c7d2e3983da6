import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as sinon from 'sinon';
import {
  infrastructure,
  loadSettings,
  RedisClient,
  RedisClientProtocol,
  SlipwayError,
} from '../../../src/index.js';
import { sharedServers, testApplication } from '../../../src/testing/index.js';
import { projectRoot } from '../../support/project-root.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { essayChecks } from '../../support/testing/essay-checks.js';

/** Does anything listen at the address? */
async function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function isGone(address: string): Promise<boolean> {
  const deadline = Date.now() + 20_000;
  while (await listens(address)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

async function failureOf(work: Promise<unknown>): Promise<SlipwayError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (SlipwayError.is(error)) return error;
  throw new Error(`It did not fail as it should have: ${String(error)}`);
}

describe('real servers that nobody has given', function () {
  this.timeout(60_000);
  const real = { servers: 'real' } as const;
  const clients = infrastructure(loadSettings({ SERVICE_NAME: 'test' }));
  let env: sinon.SinonStub;

  const withEnvironment = (variables: NodeJS.ProcessEnv): void => {
    const {
      SLIPWAY_TEST_REDIS_URL: _redis,
      SLIPWAY_TEST_KAFKA: _kafka,
      KAFKA_HOME: _home,
      ...others
    } = process.env;
    env = sinon.stub(process, 'env').value({ ...others, SLIPWAY_TEST_REAL: '1', ...variables });
  };
  afterEach(() => env.restore());

  it('are started once for a run by its global fixtures, and end with it', async () => {
    withEnvironment({});
    const { mochaGlobalSetup, mochaGlobalTeardown } = sharedServers({ servers: ['redis'] });
    await mochaGlobalSetup();
    const address = process.env['SLIPWAY_TEST_REDIS_URL'] ?? '';
    try {
      await using app = await testApplication([clients], real);
      await (await app.get(RedisClientProtocol)).set('k', 'v');
      await using server = new RedisClient({ clientId: 'test', url: address });
      await server.start();
      expect(await server.scanPattern('*.k')).to.have.length(1);
    } finally {
      await mochaGlobalTeardown();
    }
    expect(await listens(address)).to.equal(false);
  });

  it('are not started where memory is meant', async () => {
    withEnvironment({ SLIPWAY_TEST_REAL: '' });
    await sharedServers().mochaGlobalSetup();
    expect(process.env['SLIPWAY_TEST_REDIS_URL']).to.equal(undefined);
  });

  it('end with the process that started them, also if it is killed', async () => {
    withEnvironment({});
    const fixture = join(projectRoot, 'build', 'test', 'fixtures', 'native-redis.fixture.js');
    const child = spawn(process.execPath, [fixture], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: process.env,
    });
    const ended = once(child, 'exit');
    const [address] = (await once(createInterface(child.stdout), 'line')) as [string];
    expect(await listens(address)).to.equal(true);
    child.kill('SIGKILL');
    await ended;
    expect(await isGone(address)).to.equal(true);
  });

  it('are missed with the ways to have them, and why each did not do', async () => {
    withEnvironment({ PATH: '/nowhere', DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    const error = await failureOf(testApplication([essayChecks()], real));
    expect(error.code).to.equal('SLIPWAY_TESTING_SERVERS');
    expect(error.rawMessage).to.match(/^SLIPWAY_TEST_REAL=1 found no Kafka\. There are three ways:\n/);
    expect(error.rawMessage.split('\n').slice(1)).to.have.length(3);
    expect(error.rawMessage).to.include('(no container engine answers at unix:///nowhere/docker.sock)');
  });

  it('need the package where an engine answers', async () => {
    using folder = new TemporaryFolder('engine');
    const socket = join(folder.path, 'docker.sock');
    const engine = createServer((_request, response) => response.end('OK'));
    engine.listen(socket);
    await once(engine, 'listening');
    withEnvironment({ PATH: '/nowhere', DOCKER_HOST: `unix://${socket}` });
    const error = await failureOf(sharedServers({ servers: ['redis'] }).mochaGlobalSetup());
    engine.close();
    expect(error.rawMessage).to.include('give its address in SLIPWAY_TEST_REDIS_URL');
    expect(error.rawMessage).to.include('(no redis-server is on the PATH)');
    expect(error.rawMessage).to.include('@testcontainers/redis, which cannot be loaded');
  });

  it('have to be addresses of servers', async () => {
    withEnvironment({ SLIPWAY_TEST_REDIS_URL: 'memory://' });
    const error = await failureOf(sharedServers({ servers: ['redis'] }).mochaGlobalSetup());
    expect(error.rawMessage).to.include('has to be redis:// or rediss://');
  });
});
