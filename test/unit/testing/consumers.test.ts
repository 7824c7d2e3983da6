import { expect } from 'chai';
import {
  EventConsumer,
  KafkaBus,
  KafkaPublisherProtocol,
  KafkaSettings,
  LoggerFactory,
  Provider,
  Scope,
  ScopeRunner,
  type SlipwayError,
  token,
} from '../../../src/index.js';
import { testApplication } from '../../../src/testing/index.js';
import { Deferred } from '../../support/container/deferred.js';
import { Checked, essayChecks, handedIn, HandedIn } from '../../support/testing/essay-checks.js';

const Audit = token<EventConsumer>()('Audit');
type Handle = (essay: string, attempt: number) => Promise<void> | void;

/** A consumer that a service makes of the settings, in a group of its own. */
function audit(handle: Handle, { hasScopes = true } = {}) {
  return new Provider('audit').provide(Audit, {
    scope: Scope.APP,
    eager: true,
    inject: [KafkaSettings, ScopeRunner, LoggerFactory],
    create: async (kafka, runner, logger) => {
      const scopes = { runner, scope: Scope.REQUEST, takesCorrelationId: false };
      const consumer = new EventConsumer(
        { ...kafka, groupId: 'audit', backoff: { minMs: 1, maxMs: 1, jitter: 0 }, attempts: 2 },
        { logger, ...(hasScopes && { scopes }) },
      );
      consumer.subscribe(HandedIn, ({ data }, { attempt }) => handle(data.essay, attempt));
      await consumer.start();
      return consumer;
    },
    release: (consumer) => consumer.stop(),
  });
}

async function started(handle: Handle, options: { readonly hasScopes?: boolean } = {}) {
  const app = await testApplication([essayChecks(), audit(handle, options)]);
  const kafka = await app.get(KafkaPublisherProtocol);
  return {
    app,
    publish: (name: string) => kafka.publishEvent(handedIn(name)),
    [Symbol.asyncDispose]: () => app.stop(),
  };
}

describe('settled() of an application with several consumers', () => {
  it('waits for each group, and says which handled what', async () => {
    const [began, gate] = [new Deferred(), new Deferred()];
    await using desk = await started(() => {
      began.resolve();
      return gate.promise;
    });
    const { app, publish } = desk;
    await publish('sky');
    await began.promise;
    const error: unknown = await app.settled({ timeoutMs: 100 }).catch((reason: unknown) => reason);
    gate.resolve();
    const pending = (error as SlipwayError).context['pending'] as readonly string[];
    expect(pending.join('\n')).to.match(/^the handler of HANDED_IN in group audit, for \d+ ms$/m);
    await app.settled();
    expect(app.handled.of(HandedIn).map(({ group }) => group)).to.have.members(['checks', 'audit']);
    expect(app.history()).to.include('handled HANDED_IN in group audit').and.include('in group checks');
    expect(app.handled.single(Checked).group).to.equal('checks');
  });

  it('counts the attempts of each group for itself', async () => {
    await using desk = await started(() => {
      throw new Error('full');
    });
    const { app, publish } = desk;
    await publish('sky');
    await app.settled();
    expect(app.handled.single(HandedIn)).to.include({ group: 'checks', attempts: 1 });
    expect(app.deadLettered.single(HandedIn)).to.include({ group: 'audit', attempts: 2, error: 'full' });
  });

  it('says for which group a message waits', async () => {
    await using desk = await started(() => undefined);
    const { app, publish } = desk;
    (await app.get(Audit)).pause();
    await publish('sky');
    const error: unknown = await app.settled({ timeoutMs: 100 }).catch((reason: unknown) => reason);
    expect((error as SlipwayError).context['pending']).to.include(
      'HANDED_IN in essays-0 at offset 0, not handled yet in group audit',
    );
    (await app.get(Audit)).resume();
    await app.settled();
  });

  it('waits for no group that was left, and for it again when it is back', async () => {
    const handled: string[] = [];
    await using desk = await started((essay) => void handled.push(essay));
    const { app, publish } = desk;
    const consumer = await app.get(Audit);
    await publish('sky');
    await app.settled();
    await consumer.stop();
    await publish('sea');
    await app.settled();
    expect(handled).to.deep.equal(['sky']);
    await consumer.start();
    await publish('sun');
    await app.settled();
    expect(handled).to.deep.equal(['sky', 'sea', 'sun']);
  });

  it('follows a consumer through an outage', async () => {
    const handled: string[] = [];
    await using desk = await started((essay) => void handled.push(essay));
    const { app, publish } = desk;
    app.kafka.refuse(true);
    const publishing = publish('sky');
    app.kafka.refuse(false);
    await publishing;
    await app.settled();
    expect(handled).to.deep.equal(['sky']);
  });

  it('waits for one without scopes, whose messages are in no collection', async () => {
    const handled: string[] = [];
    await using desk = await started(
      async (essay) => {
        await new Promise((resolve) => setImmediate(resolve));
        handled.push(essay);
      },
      { hasScopes: false },
    );
    const { app, publish } = desk;
    await publish('sky');
    await app.settled();
    expect(handled).to.deep.equal(['sky']);
    expect(app.handled.single(HandedIn).group).to.equal('checks');
  });
});

describe('clients that a service makes of KafkaSettings', () => {
  const OwnBus = token<KafkaBus>()('OwnBus');
  const own = new Provider('own').provide(OwnBus, {
    scope: Scope.APP,
    inject: [KafkaSettings],
    create: async (settings) => {
      const bus = new KafkaBus({ ...settings, clientId: 'own', transactionalId: 'own-1' });
      await bus.start();
      return bus;
    },
    release: (bus) => bus.stop(),
  });

  it('are on the servers of the test, and what they publish is known', async () => {
    await using app = await testApplication([essayChecks(), own]);
    await (await app.get(OwnBus)).publish('essays', handedIn('sky'));
    await app.settled();
    expect(app.published.single(Checked).event.data.essay).to.equal('sky');
    expect(app.published.of(HandedIn)).to.have.length(1);
  });

  it('have transactions, of which what is committed is published', async () => {
    await using app = await testApplication([essayChecks(), own]);
    const bus = await app.get(OwnBus);
    await bus.transaction(async (tx) => {
      await Promise.all(['sky', 'sea'].map((name) => tx.publish('essays', handedIn(name))));
    });
    const failed: unknown = await bus
      .transaction(async (tx) => {
        await tx.publish('essays', handedIn('lost'));
        throw new Error('changed my mind');
      })
      .catch((reason: unknown) => reason);
    expect(failed).to.be.instanceOf(Error);
    await app.settled();
    expect(app.published.of(HandedIn).map(({ event }) => event.data.essay)).to.deep.equal(['sky', 'sea']);
    expect(app.handled.of(HandedIn)).to.have.length(2);
  });
});
