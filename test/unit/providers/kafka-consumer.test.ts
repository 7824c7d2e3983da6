import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  all,
  type AnyProvider,
  Application,
  Component,
  consume,
  CorrelationId,
  CurrentEvent,
  EventConsumer,
  type EventHandler,
  type EventOf,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
  MemoryDriver,
  MemoryKafka,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';
import { Counted, counted } from '../../support/kafka/consuming.js';
import { failureOf } from '../../support/kafka/outcomes.js';
import { until } from '../../support/until.js';

type CountHandler = EventHandler<EventOf<typeof Counted>>;
const CountHandler = token<CountHandler>()('CountHandler');
const Slow = token<object>()('Slow');

describe('kafkaConsumer', () => {
  let cluster: MemoryKafka;
  let infra: ReturnType<typeof infrastructure>;
  let told: string[];

  beforeEach(() => {
    const name = randomUUID();
    cluster = MemoryKafka.shared(name);
    told = [];
    infra = infrastructure(
      loadSettings({
        SERVICE_NAME: 'desk',
        KAFKA_BOOTSTRAP_SERVERS: `memory://${name}`,
        KAFKA_AUTO_OFFSET_RESET: 'earliest',
        REDIS_URL: 'memory://',
        LOG_LEVEL: 'error',
      }),
    );
  });

  /** A handler that its scope makes of the event and the correlation id. */
  function handlers() {
    return new Provider('handlers')
      .context(CorrelationId, { scope: Scope.REQUEST })
      .provide(CountHandler, {
        scope: Scope.REQUEST,
        inject: [CurrentEvent, CorrelationId, KafkaPublisherProtocol],
        create: (current, correlationId) => ({
          handle: ({ data, eventId }) => {
            expect(current.eventId).to.equal(eventId);
            told.push(`${data.number} for ${correlationId}`);
          },
        }),
        release: () => {
          told.push('released');
        },
      })
      .include(consume(Counted, CountHandler));
  }

  it('makes the handler of each message in a scope of its own', async () => {
    await using app = await Application.start([infra, handlers()]);
    const envelope = counted(1);
    await (await app.get(KafkaPublisherProtocol)).publish('counted', envelope);
    await until(() => told.length === 2, 'it is handled');
    expect(told).to.deep.equal([`1 for ${envelope.correlationId}`, 'released']);
    const consumer = await app.get(EventConsumer);
    expect(await app.get(all(Component))).to.include(consumer);
    await app.stop();
    expect(cluster.committed('desk', 'counted', 0)).to.equal(1n);
    expect(consumer.status.state).to.equal('stopped');
  });

  it('takes no message before the whole application is up', async () => {
    let isUp = false;
    const slow = new Provider('slow').provide(Slow, {
      scope: Scope.APP,
      create: async () => {
        // Longer than a consumer takes that waits for nothing.
        await using other = new EventConsumer({
          groupId: 'other',
          driver: new MemoryDriver(cluster),
          autoOffsetReset: 'earliest',
        }).subscribe(Counted, () => undefined);
        await other.start();
        await until(() => other.stats().handled === 1, 'another handles it');
        isUp = true;
        return {};
      },
    });
    const early = new Provider('early').include(
      consume(Counted, () => {
        told.push(String(isUp));
      }),
    );
    const publisher = await Application.start([infra]);
    await (await publisher.get(KafkaPublisherProtocol)).publish('counted', counted(1));
    await publisher.stop();
    const app = await Application.start([infra, slow, early]);
    await until(() => told.length === 1, 'it is handled');
    await app.stop();
    expect(told).to.deep.equal(['true']);
  });

  it('finishes what runs before anything is released, and begins nothing more', async () => {
    let finish: (() => void) | undefined;
    const Store = token<{ isOpen: boolean }>()('Store');
    const provider = new Provider('stop')
      .provide(Store, {
        scope: Scope.APP,
        create: () => ({ isOpen: true }),
        release: (store) => {
          store.isOpen = false;
        },
      })
      .include(
        consume(Counted, async ({ data }, { scope }) => {
          const store = await scope.get(Store);
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          told.push(`${data.number} ${store.isOpen}`);
        }),
      );
    const app = await Application.start([infra, provider]);
    const bus = await app.get(KafkaPublisherProtocol);
    await Promise.all([1, 2].map((number) => bus.publish('counted', counted(number), { key: 'a' })));
    await until(() => finish !== undefined, 'the first runs');
    const stopped = app.stop();
    await new Promise(setImmediate);
    finish?.();
    await stopped;
    expect(told).to.deep.equal(['1 true']);
    expect(cluster.committed('desk', 'counted', 0)).to.equal(1n);
  });

  it('is not there without a subscription', async () => {
    await using app = await Application.start([infra]);
    expect(await failureOf(app.get(EventConsumer))).to.be.instanceOf(Error);
    const components = await app.get(all(Component));
    expect(components.map(({ name }) => name)).to.not.include('kafka-consumer');
  });

  it('misses what a handler needs before anything is opened', () => {
    // The compiler would see it too, but for this type.
    const lacking: AnyProvider = consume(Counted, CountHandler);
    const app = new Application([infra, lacking]);
    expect(app.validate().map(({ kind, token: name }) => `${kind} ${name}`)).to.deep.equal([
      'missing CountHandler',
    ]);
  });
});
