import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IdempotentReceiver, type ReceivedMessage, SlipwayError } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { Deferred } from '../../support/container/deferred.js';
import { createReceiver, message, rejection } from '../../support/idempotency/messages.js';
import { RedisClients, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

const eventCount = 1000;

/** What receivers promise each other, on any server. */
export function receiverContract(url: () => string): void {
  const keyPrefix = `${uniquePrefix()}idempotency`;
  const effects = `${keyPrefix}:effects`;
  const clients = new RedisClients();
  let first: RedisClient;
  let second: RedisClient;

  const create = (redis: RedisClient, processingTtlSeconds = 300): IdempotentReceiver =>
    createReceiver({ redis, keyPrefix, processingTtlSeconds });

  before(async () => {
    [first, second] = await Promise.all([clients.start(url()), clients.start(url())]);
  });

  after(async () => {
    const keys = await first.scanPattern(`${keyPrefix}*`);
    if (keys.length > 0) await first.delete(...keys);
    await clients[Symbol.asyncDispose]();
  });

  it('skips an event that is done, also for another receiver, and keeps it for its time', async () => {
    const once = message();
    const receiver = create(first);
    let key = '';
    const receipt = await receiver.receive(once, (claim) => {
      key = claim.key;
      return 7;
    });
    expect(receipt).to.deep.equal({ handled: true, value: 7, isConfirmed: true });
    const again = await create(second).receive(once, () => expect.fail('it ran again'));
    expect(again).to.deep.equal({ handled: false, reason: 'completed' });
    expect(await second.ttl(key)).to.be.within(86_390, 86_400);
  });

  it(`applies each of ${eventCount} effects once though both receivers get each event twice, and handlers fail`, async function () {
    // Some 15000 commands, on a busy machine.
    this.timeout(120_000);
    const receivers = [create(first), create(second)];
    const deliveries = Array.from({ length: eventCount }, (_, number) => number).flatMap((number) =>
      receivers.flatMap((receiver) => [
        { number, receiver },
        { number, receiver },
      ]),
    );
    const redeliver = async ({ number, receiver }: (typeof deliveries)[number]): Promise<void> => {
      const delivered: ReceivedMessage = message(`event-${number}`);
      for (let attempt = 1; ; attempt += 1) {
        try {
          await receiver.receive(delivered, async (claim) => {
            if ((number + attempt) % 7 === 0)
              throw new SlipwayError('SLIPWAY_REDIS_TIMEOUT', { message: 'before' });
            await claim.commit((tx) => tx.multi().hincrby(effects, String(number), 1));
            if ((number + attempt) % 7 === 1)
              throw new SlipwayError('SLIPWAY_REDIS_TIMEOUT', { message: 'after' });
          });
          return;
        } catch (error) {
          if (!SlipwayError.is(error) || !error.retryable) throw error;
          await sleep(1);
        }
      }
    };
    const queue = deliveries.values();
    await Promise.all(
      Array.from({ length: 40 }, async () => {
        for (const delivery of queue) await redeliver(delivery);
      }),
    );
    const counts = await first.hgetall(effects);
    expect(Object.keys(counts)).to.have.length(eventCount);
    expect([...new Set(Object.values(counts))]).to.deep.equal(['1']);
    const [one, other] = receivers.map((receiver) => receiver.stats());
    expect((one?.committed ?? 0) + (other?.committed ?? 0)).to.equal(eventCount);
    expect((one?.duplicates ?? 0) + (other?.duplicates ?? 0)).to.be.greaterThan(0);
  });

  it('refuses an event that is being handled, and gives it free when the handler fails', async () => {
    const event = message();
    const began = new Deferred();
    const working = new Deferred();
    const failing = create(first).receive(event, () => {
      began.resolve();
      return working.promise;
    });
    await began.promise;
    const other = create(second);
    const refusal = await rejection(other.receive(event, () => expect.fail('it ran beside')));
    expect(refusal.code).to.equal('SLIPWAY_IDEMPOTENCY_IN_PROGRESS');
    expect(refusal.retryable).to.equal(true);
    expect(refusal.context['processedBy']).to.equal('grades');
    expect(refusal.context['retryAfterMs']).to.be.within(290_000, 300_000);
    working.reject(new SlipwayError('SLIPWAY_REDIS_TIMEOUT', { message: 'failed' }));
    expect((await rejection(failing)).rawMessage).to.equal('failed');
    const receipt = await other.receive(event, () => 'now');
    expect(receipt).to.deep.equal({ handled: true, value: 'now', isConfirmed: true });
  });

  it('handles the event again when the claim of a receiver that died has run out', async () => {
    const event = message();
    const client = await clients.start(url());
    const hung = new Deferred();
    const began = new Deferred();
    const dead = create(client, 1);
    const never = dead.receive(event, (claim) => {
      began.resolve();
      return hung.promise.then(() => claim.commit((tx) => tx.multi().hincrby(effects, 'dead', 1)));
    });
    await began.promise;
    await client.stop();
    const successor = create(second, 1);
    expect((await rejection(successor.receive(event, () => undefined))).code).to.equal(
      'SLIPWAY_IDEMPOTENCY_IN_PROGRESS',
    );
    await until(async () => {
      const receipt = await successor
        .receive(event, (claim) => claim.commit((tx) => tx.multi().hincrby(effects, 'dead', 1)))
        .catch((error: unknown) => {
          expect((error as SlipwayError).code).to.equal('SLIPWAY_IDEMPOTENCY_IN_PROGRESS');
        });
      return receipt?.handled === true;
    });
    // It comes to life again, and finds that it is too late.
    await client.start();
    hung.resolve();
    expect((await rejection(never)).code).to.equal('SLIPWAY_IDEMPOTENCY_CLAIM_LOST');
    expect(await first.hget(effects, 'dead')).to.equal('1');
    expect(dead.stats()).to.include({ lostClaims: 1, released: 0, committed: 0 });
  });

  it('keeps a claim for as long as its handler works, beyond the time of a claim', async () => {
    const event = message();
    const receiver = create(first, 1);
    const other = create(second, 1);
    let signal: AbortSignal | undefined;
    const end = performance.now() + 1800;
    const receipt = await receiver.receive(event, async (claim) => {
      ({ signal } = claim);
      while (performance.now() < end) {
        expect((await rejection(other.receive(event, () => undefined))).code).to.equal(
          'SLIPWAY_IDEMPOTENCY_IN_PROGRESS',
        );
        await sleep(50);
      }
    });
    expect(receipt).to.include({ handled: true, isConfirmed: true });
    expect(signal?.aborted).to.equal(false);
    expect(receiver.stats().renewals).to.be.greaterThan(3);
    expect(await other.receive(event, () => undefined)).to.deep.equal({
      handled: false,
      reason: 'completed',
    });
  });

  it('aborts the handler when its claim is lost, and leaves the next one alone', async () => {
    const event = message();
    const receiver = create(first, 1);
    const successor = create(second, 1);
    const working = receiver.receive(event, async (claim) => {
      await second.deleteKey(claim.key);
      await successor.receive(event, async () => {
        const aborted = new Deferred();
        claim.signal.addEventListener('abort', () => aborted.resolve(), { once: true });
        await aborted.promise;
      });
      claim.signal.throwIfAborted();
    });
    expect((await rejection(working)).code).to.equal('SLIPWAY_IDEMPOTENCY_CLAIM_LOST');
    expect(receiver.stats()).to.include({ lostClaims: 1, failed: 1, released: 0 });
    expect(successor.stats()).to.include({ processed: 1, lostClaims: 0, unconfirmed: 0 });
    expect(await receiver.receive(event, () => undefined)).to.include({ reason: 'completed' });
  });

  it('tells of a repeat where a handler did not hear that its claim was lost', async () => {
    const event = message();
    const receiver = create(first);
    const receipt = await receiver.receive(event, async (claim) => {
      await second.deleteKey(claim.key);
      await create(second).receive(event, () => undefined);
    });
    expect(receipt).to.include({ handled: true, isConfirmed: false });
    expect(receiver.stats()).to.include({ repeats: 1, lostClaims: 1, unconfirmed: 1 });
  });

  it('takes over a claim of the original that is too old, and heeds one that is not', async () => {
    const event = message();
    let key = '';
    await create(first).receive(event, (claim) => {
      ({ key } = claim);
    });
    const receiver = create(first);
    const now = Date.now() / 1000;
    await second.setex(
      key,
      300,
      `{"status": "processing", "started_at": ${now - 20}, "processed_by": "grades"}`,
    );
    expect((await rejection(receiver.receive(event, () => undefined))).code).to.equal(
      'SLIPWAY_IDEMPOTENCY_IN_PROGRESS',
    );
    await second.setex(
      key,
      300,
      `{"status": "processing", "started_at": ${now - 301}, "processed_by": "grades"}`,
    );
    expect(await receiver.receive(event, () => 'again')).to.include({ value: 'again' });
    expect(receiver.stats()).to.include({ takenOver: 1, repeats: 1, inProgress: 1 });
  });

  it('applies nothing of a commit that fails, and can be called again then', async () => {
    const receiver = create(first);
    const attempt = receiver.receive(message(), async (claim) => {
      const failure = await rejection(
        claim.commit((tx) => {
          tx.multi().hincrby(effects, 'failing', 1);
          throw new SlipwayError('SLIPWAY_EVENT_INVALID', { message: 'no' });
        }),
      );
      expect(failure.rawMessage).to.equal('no');
      await claim.commit((tx) => tx.multi().hincrby(effects, 'failing', 10));
      expect((await rejection(claim.commit(() => undefined))).code).to.equal('SLIPWAY_IDEMPOTENCY_COMMIT');
    });
    expect(await attempt).to.include({ handled: true, isConfirmed: true });
    expect(await first.hget(effects, 'failing')).to.equal('10');
  });

  for (const next of ['nobody', 'another receiver that is done', 'another receiver that works on it']) {
    it(`commits nothing for a claim that is lost without a sign, and that ${next} has`, async () => {
      const event = message();
      const effect = `lost to ${next}`;
      const working = new Deferred();
      let successor: Promise<unknown> = Promise.resolve();
      const receiver = create(first);
      const attempt = receiver.receive(event, async (claim) => {
        await second.deleteKey(claim.key);
        if (next !== 'nobody') {
          const began = new Deferred();
          successor = create(second).receive(event, async (other) => {
            began.resolve();
            if (next.endsWith('works on it')) await working.promise;
            await other.commit((tx) => tx.multi().hincrby(effects, effect, 1));
          });
          await (next.endsWith('works on it') ? began.promise : successor);
        }
        expect(claim.signal.aborted).to.equal(false);
        await claim.commit((tx) => tx.multi().hincrby(effects, effect, 100));
      });
      expect((await rejection(attempt)).code).to.equal('SLIPWAY_IDEMPOTENCY_CLAIM_LOST');
      working.resolve();
      await successor;
      expect(await first.hget(effects, effect)).to.equal(next === 'nobody' ? null : '1');
      expect(receiver.stats()).to.include({ lostClaims: 1, committed: 0, released: 0 });
    });
  }

  it('commits what depends on other keys as they were read', async () => {
    const source = `${keyPrefix}:source`;
    await first.set(source, '1');
    let runs = 0;
    await create(first).receive(message(), (claim) =>
      claim.commit(
        async (tx) => {
          runs += 1;
          const value = Number(await tx.get(source));
          if (runs === 1) await second.set(source, '5');
          tx.multi().set(source, String(value + 1));
        },
        { watch: [source] },
      ),
    );
    expect(runs).to.equal(2);
    expect(await first.get(source)).to.equal('6');
  });
}
