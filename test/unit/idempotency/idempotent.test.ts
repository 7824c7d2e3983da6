import { expect } from 'chai';
import {
  Application,
  idempotency,
  IdempotentReceiver,
  idempotent,
  infrastructure,
  loadSettings,
  type ReceivedMessage,
  type Resolver,
} from '../../../src/index.js';
import { LogActions } from '../../support/idempotency/log-actions.js';
import { createReceiver, message, rejection } from '../../support/idempotency/messages.js';
import { RecordingRedis } from '../../support/idempotency/recording-redis.js';
import { codeOf } from '../../support/code-of.js';

interface Graded {
  readonly essay: string;
}

/** As a consumer's: it reads its fields itself. */
class TestDelivery implements ReceivedMessage {
  readonly #message = message();
  readonly #controller = new AbortController();
  declare readonly scope?: Resolver;

  constructor(scope?: Resolver) {
    if (scope !== undefined) this.scope = scope;
  }

  get value(): Uint8Array {
    return this.#message.value;
  }

  get headers() {
    return this.#message.headers ?? {};
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller.abort();
  }
}

/** The type of a consumer's handlers. */
type Handler<Event> = (event: Event, delivery: TestDelivery) => void | Promise<void>;

describe('idempotent', () => {
  it('runs the handler once for an event, with the delivery and the claim', async () => {
    const redis = new RecordingRedis();
    const seen: string[] = [];
    const handler: Handler<Graded> = idempotent(
      (event, delivery, claim) => {
        delivery.abort();
        expect(delivery.signal.aborted).to.equal(true);
        expect(delivery.signal).to.equal(claim.signal);
        expect(delivery.headers).to.have.property('event_type', 'essay.graded.v1');
        seen.push(event.essay);
      },
      { redis, serviceName: 'grades' },
    );
    const delivery = new TestDelivery();
    await handler({ essay: 'e1' }, delivery);
    await handler({ essay: 'e1' }, delivery);
    expect(seen).to.deep.equal(['e1']);
  });

  it("takes the application's receiver from the delivery's scope", async () => {
    const settings = loadSettings({
      SERVICE_NAME: 'grades',
      REDIS_URL: 'memory://',
      KAFKA_BOOTSTRAP_SERVERS: 'memory://',
      LOG_LEVEL: 'error',
    });
    const app = await Application.start([
      infrastructure(settings),
      idempotency({ processingTtlSeconds: 60 }),
    ]);
    try {
      await using scope = app.enter('REQUEST');
      const delivery = new TestDelivery(scope);
      let key = '';
      const handler: Handler<Graded> = idempotent((_event, _delivery, claim) => {
        ({ key } = claim);
      });
      await handler({ essay: 'e1' }, delivery);
      await handler({ essay: 'e1' }, delivery);
      expect(key).to.match(/^huleedu:idempotency:v2:grades:essay_graded_v1:[0-9a-f]{64}$/);
      expect((await app.get(IdempotentReceiver)).stats()).to.include({ processed: 1, duplicates: 1 });
    } finally {
      await app.stop();
    }
  });

  it('says that it has no receiver', async () => {
    const handler: Handler<Graded> = idempotent(() => undefined);
    const error = await rejection(Promise.resolve(handler({ essay: 'e1' }, new TestDelivery())));
    expect(error.code).to.equal('SLIPWAY_IDEMPOTENCY_OPTIONS');
  });
});

describe(IdempotentReceiver.name, () => {
  const once = message('e1');

  it('refuses options that mean nothing', () => {
    const redis = new RecordingRedis();
    for (const wrong of [
      { serviceName: '' },
      { processingTtlSeconds: 0 },
      { processingTtlSeconds: 86_401 },
      { defaultTtlSeconds: 1.5 },
      { eventTypeTtlsSeconds: { 'a.b': 0 } },
    ]) {
      expect(
        codeOf(() => createReceiver({ redis, ...wrong })),
        JSON.stringify(wrong),
      ).to.equal('SLIPWAY_IDEMPOTENCY_OPTIONS');
    }
  });

  it('knows its claim again whose reply was lost', async () => {
    const redis = new RecordingRedis();
    redis.lostReplies.add('setnx');
    const receipt = await createReceiver({ redis }).receive(once, (claim) => claim.isProtected);
    expect(receipt).to.deep.equal({ handled: true, value: true, isConfirmed: true });
    expect(redis.calls.map(([name]) => name)).to.deep.equal(['GET', 'SETNX', 'GET', 'SETEX']);
  });

  it('skips an event that was done between its read and its claim', async () => {
    const redis = new RecordingRedis();
    const log = new LogActions();
    redis.before = (name) => {
      if (name !== 'setnx') return;
      for (const [, key] of redis.calls) redis.values.set(String(key), '{"status": "completed"}');
    };
    const receiver = createReceiver({ redis, logger: log.factory });
    expect(await receiver.receive(once, () => expect.fail('it ran'))).to.deep.equal({
      handled: false,
      reason: 'completed',
    });
    expect(log.actions).to.deep.equal(['skipped_race_condition', 'skipped_duplicate']);
    expect(receiver.stats()).to.include({ racesLost: 1, duplicates: 1 });
  });

  it('does not run for a race lost to one who works on it', async () => {
    const redis = new RecordingRedis();
    redis.before = (name) => {
      if (name !== 'setnx') return;
      const now = Date.now() / 1000;
      for (const [, key] of redis.calls)
        redis.values.set(String(key), `{"status": "processing", "started_at": ${now}}`);
    };
    const refusal = await rejection(createReceiver({ redis }).receive(once, () => expect.fail('it ran')));
    expect(refusal.code).to.equal('SLIPWAY_IDEMPOTENCY_IN_PROGRESS');
  });

  for (const unknown of ['{"status": "archived"}', '{"status": null}', '']) {
    it(`skips an event marked ${JSON.stringify(unknown)}, after SET NX, as the original`, async () => {
      const redis = new RecordingRedis();
      const log = new LogActions();
      redis.before = () => {
        for (const [, key] of redis.calls) redis.values.set(String(key), unknown);
      };
      const receipt = await createReceiver({ redis, logger: log.factory }).receive(once, () =>
        expect.fail('it ran'),
      );
      expect(receipt).to.deep.equal({ handled: false, reason: 'unknown-marker' });
      expect(redis.calls.map(([name]) => name)).to.deep.equal(['GET', 'SETNX']);
      expect(log.actions).to.deep.equal(['skipped_race_condition']);
    });
  }

  it('takes its own claim over that it could not release', async () => {
    const redis = new RecordingRedis();
    const receiver = createReceiver({ redis });
    redis.failures.add('del');
    const failing = receiver.receive(once, () => Promise.reject(new Error('no')));
    expect(await failing.catch((error: unknown) => (error as Error).message)).to.equal('no');
    redis.failures.clear();
    const other = createReceiver({ redis });
    expect((await rejection(other.receive(once, () => undefined))).code).to.equal(
      'SLIPWAY_IDEMPOTENCY_IN_PROGRESS',
    );
    expect(await receiver.receive(once, () => 'again')).to.include({ value: 'again', isConfirmed: true });
    expect(receiver.stats()).to.include({ failed: 1, released: 0, takenOver: 1, repeats: 1 });
  });

  it('refuses what it cannot tell from others when closed, and runs it when open', async () => {
    const redis = new RecordingRedis();
    const nameless = { value: Buffer.from('{bad') };
    const refusal = await rejection(
      createReceiver({ redis, onFailure: 'closed' }).receive(nameless, () => expect.fail('it ran')),
    );
    expect(refusal.code).to.equal('SLIPWAY_IDEMPOTENCY_NO_ID');
    expect(refusal.retryable).to.equal(false);
    const open = createReceiver({ redis });
    const receipt = await open.receive(nameless, ({ key, isProtected }) => ({ key, isProtected }));
    expect(receipt).to.deep.equal({
      handled: true,
      value: { key: '', isProtected: false },
      isConfirmed: false,
    });
    expect(open.stats()).to.include({ unidentified: 1, unconfirmed: 1 });
    expect(redis.calls).to.deep.equal([]);
  });

  it('counts a later attempt of one message as a repeat', async () => {
    const receiver = createReceiver({ redis: new RecordingRedis() });
    await receiver.receive({ ...once, attempt: 2 }, () => undefined);
    expect(receiver.stats()).to.include({ repeats: 1, processed: 1 });
  });

  it('a commit() that nobody awaits and that fails is a failure of the handler', async () => {
    const redis = new RecordingRedis();
    const receiver = createReceiver({ redis });
    const failing = receiver.receive(once, (claim) => {
      void claim.commit((tx) => tx.multi().incr('x'));
    });
    expect(await failing.catch((error: unknown) => (error as Error).message)).to.equal(
      'transactions are tested on a server',
    );
    expect(receiver.stats()).to.include({ failed: 1, released: 1 });
  });
});
