import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  GraphError,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
  LoggerFactory,
  protocol,
  Provider,
  RedisClient,
  RedisClientProtocol,
  RedisSettings,
  Scope,
  type SlipwayError,
  token,
} from '../../../src/index.js';
import { forgetMemoryRedis } from '../../../src/redis/memory/registry.js';
import { stub, testApplication } from '../../../src/testing/index.js';

interface Clock {
  now(): number;
}
const Clock = protocol<Clock>()('Clock', ['now']);
const Greeting = token<string>()('Greeting');

let made: string[] = [];
let released: string[] = [];
function greetings() {
  return new Provider('greetings')
    .provide(Clock, {
      scope: Scope.APP,
      create: () => {
        made.push('Clock');
        return { now: () => 1 };
      },
      release: () => {
        released.push('Clock');
      },
    })
    .provide(Greeting, {
      scope: Scope.REQUEST,
      inject: [Clock],
      create: (clock) => `hello at ${clock.now()}`,
    });
}

const clients = infrastructure(loadSettings({ SERVICE_NAME: 'test' }));

async function failureOf(work: Promise<unknown>): Promise<SlipwayError> {
  return work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error as SlipwayError,
  );
}

describe(testApplication.name, () => {
  beforeEach(() => {
    made = [];
    released = [];
  });

  it('starts the application, and stops it at the end of its block', async () => {
    {
      await using app = await testApplication([greetings()]);
      await using request = app.enter();
      expect(await request.get(Greeting)).to.equal('hello at 1');
    }
    expect([made, released]).to.deep.equal([['Clock'], ['Clock']]);
  });

  it('puts overrides in the place of tokens, whose factories never run', async () => {
    const clock = stub(Clock, { now: () => 7 });
    await using app = await testApplication([greetings()], { overrides: [[Clock, clock]] });
    await using request = app.enter();
    expect(await request.get(Greeting)).to.equal('hello at 7');
    sinon.assert.calledOnce(clock.now);
    expect(made).to.deep.equal([]);
  });

  it("takes inversify's rebind before the start, and the real factory never runs", async () => {
    await using app = await testApplication([greetings()], {
      rebind: (container) => container.rebind(Clock).toConstantValue({ now: () => 8 }),
    });
    await using request = app.enter();
    expect(await request.get(Greeting)).to.equal('hello at 8');
    expect(made).to.deep.equal([]);
  });

  it('takes rebind while it runs: the next scope sees it', async () => {
    await using app = await testApplication([greetings()]);
    app.container.rebind(Clock).toConstantValue({ now: () => 9 });
    await using request = app.enter();
    expect(await request.get(Greeting)).to.equal('hello at 9');
  });

  it('refuses an override of what nothing provides, and names what was meant', async () => {
    const Clok = protocol<Clock>()('Clok', ['now']);
    const error = await failureOf(
      testApplication([greetings()], { overrides: [[Clok, stub(Clok, { now: () => 1 })]] }),
    );
    expect(error).to.be.instanceOf(GraphError);
    expect((error as GraphError).problems.map(({ kind, hint }) => [kind, hint])).to.deep.equal([
      ['nothing-to-override', 'Did you mean Clock?'],
    ]);
    expect(made).to.deep.equal([]);
  });

  it('refuses an override of another scope', async () => {
    const narrower = new Provider('narrower').provide(Clock, {
      scope: Scope.REQUEST,
      override: true,
      create: () => ({ now: () => 1 }),
    });
    const error = await failureOf(testApplication([greetings(), narrower]));
    expect((error as GraphError).problems.map(({ kind }) => kind)).to.include('override-scope');
  });

  it('builds no client that nothing uses, and none whose token is overridden', async () => {
    await using app = await testApplication([clients], {
      overrides: [
        [RedisClientProtocol, stub(RedisClientProtocol)],
        [KafkaPublisherProtocol, stub(KafkaPublisherProtocol)],
      ],
    });
    expect(app.report().tokens.map(({ token: name }) => name)).to.not.include.members([
      'RedisClient',
      'KafkaBus',
    ]);
    for (const server of [() => app.kafka, () => app.redis]) {
      expect(server)
        .to.throw('nothing in it uses the client')
        .with.property('code', 'SLIPWAY_TESTING_SERVERS');
    }
  });

  it('has servers of its own: nothing is seen by another application', async () => {
    await using one = await testApplication([clients]);
    await using other = await testApplication([clients]);
    await (await one.get(RedisClientProtocol)).set('k', 'v');
    expect(await (await other.get(RedisClientProtocol)).get('k')).to.equal(null);
    expect(one.redis).to.not.equal(other.redis);
  });

  it('has one Redis for all clients that are made of its settings, and forgets it when it stops', async () => {
    const app = await testApplication([clients]);
    const settings = await app.get(RedisSettings);
    const own = (): RedisClient => new RedisClient({ ...settings, clientId: 'own' });
    {
      await using stopped = app;
      await (await stopped.get(RedisClientProtocol)).set('k', 'v');
      await using client = own();
      await client.start();
      expect(await client.get('k')).to.equal('v');
    }
    await using client = own();
    await client.start();
    expect(await client.get('k')).to.equal(null);
    forgetMemoryRedis(new URL(settings.url).hostname);
  });

  it('keeps what is logged, and prints nothing', async () => {
    await using app = await testApplication([clients]);
    (await app.get(LoggerFactory))('essays').warn('careful', { essay: 'a' });
    expect(app.logs.at(-1)).to.deep.equal({
      level: 'warn',
      module: 'essays',
      message: 'careful',
      context: { essay: 'a' },
    });
  });

  it('lets time to live run out by the clock of the test', async () => {
    const clock = sinon.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    try {
      await using app = await testApplication([clients]);
      const redis = await app.get(RedisClientProtocol);
      await redis.setex('k', 60, 'v');
      clock.tick(59_000);
      expect(await redis.get('k')).to.equal('v');
      clock.tick(1_001);
      expect(await redis.get('k')).to.equal(null);
    } finally {
      clock.restore();
    }
  });
});
