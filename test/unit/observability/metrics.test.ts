import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import {
  Application,
  consume,
  createEnvelope,
  createMetrics,
  EventConsumer,
  IdempotentReceiver,
  idempotency,
  idempotent,
  infrastructure,
  KafkaBus,
  KafkaPublisherProtocol,
  loadSettings,
  Metrics,
  metrics,
  type MetricSample,
  Provider,
  RedisClient,
  Scope,
  SlipwayError,
  token,
} from '../../../src/index.js';
import { attributes, observedMetrics, sampledMetrics } from '../../../src/observability/names.js';
import { codeOfRejection } from '../../support/code-of.js';
import { projectRoot } from '../../support/project-root.js';

const User = token<object>()('User');
const environment = {
  SERVICE_NAME: 'desk',
  REDIS_URL: 'memory://',
  KAFKA_BOOTSTRAP_SERVERS: 'memory://',
  KAFKA_AUTO_OFFSET_RESET: 'earliest',
  LOG_LEVEL: 'error',
};
const user = () =>
  new Provider('user').provide(User, {
    scope: Scope.APP,
    inject: [KafkaPublisherProtocol, RedisClient, IdempotentReceiver],
    create: () => ({}),
  });
const measured = () => [infrastructure(loadSettings(environment)), idempotency(), user(), metrics()];
const envelope = (type = 'HANDED_IN') => createEnvelope(type, { n: 1 }, { sourceService: 'desk' });

const lag = (topic: string, partition: number, value: number): MetricSample => ({
  metric: 'consumerLag',
  value,
  labels: {
    messaging_consumer_group_name: 'desk',
    messaging_destination_name: topic,
    messaging_destination_partition_id: String(partition),
  },
});

/** The page's values by name and labels, as it writes them. */
async function valuesOf(page: Pick<Metrics, 'text'>): Promise<ReadonlyMap<string, number>> {
  const lines = (await page.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

function valueOf(values: ReadonlyMap<string, number>, ...parts: readonly string[]): number | undefined {
  const found = [...values].filter(([name]) => parts.every((part) => name.includes(part)));
  expect(found.length, `${parts.join(' ')}: ${found.map(([name]) => name).join(' ')}`).to.be.at.most(1);
  return found[0]?.[1];
}

describe('metrics', () => {
  it('counts publishes, handlers, commands, pub/sub and claims of the application', async () => {
    let handled: (() => void) | undefined;
    const done = new Promise<void>((resolve) => {
      handled = resolve;
    });
    const handler = idempotent(async (_event, _delivery, claim) => {
      await claim.commit(() => undefined);
      handled?.();
    });
    await using app = await Application.start([
      infrastructure(loadSettings(environment)),
      idempotency(),
      user(),
      consume('essays', handler),
      metrics(),
    ]);
    const redis = await app.get(RedisClient);
    const bus = await app.get(KafkaBus);
    const consumer = await app.get(EventConsumer);
    await bus.publish('essays', envelope());
    await bus.publish('no topic!', envelope()).catch(() => undefined);
    await redis.setex('secret-key', 10, 'v');
    await redis.transaction(['secret-key'], (tx) => tx.multi().setex('n', 10, '1'));
    await using session = await redis.session();
    await session.exists('secret-key');
    await using subscription = await redis.subscribe('ws:ada');
    await redis.publish('ws:ada', 'hello');
    for await (const message of subscription) if (message.data === 'hello') break;
    await done;
    while ((consumer.stats().handled ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));

    const page = await app.get(Metrics);
    expect(page.contentType).to.contain('text/plain');
    const values = await valuesOf(page);
    const of = (...parts: string[]): number | undefined => valueOf(values, ...parts);

    const send = 'messaging_client_operation_duration_seconds_count';
    expect(of(send, 'messaging_destination_name="essays"', 'error_type=""')).to.equal(1);
    expect(of(send, 'messaging_destination_name="no topic!"', 'SLIPWAY_KAFKA_REJECTED')).to.equal(1);
    expect(of('messaging_client_sent_messages_total', '"essays"')).to.equal(1);
    expect(of('messaging_process_duration_seconds_count', '"essays"', 'error_type=""')).to.equal(1);
    expect(of('messaging_client_consumed_messages_total', '"essays"')).to.equal(1);
    expect(of('slipway_kafka_publisher_acknowledged_total')).to.equal(1);
    expect(of('slipway_kafka_consumer_handled_total')).to.equal(1);
    const partitions = [...values.keys()].filter((name) => name.startsWith('slipway_kafka_consumer_lag'));
    expect(partitions).to.have.length.greaterThan(0);

    const commands = 'db_client_operation_duration_seconds_count';
    for (const name of ['SETEX', 'EXISTS', 'PUBLISH']) {
      expect(of(commands, `db_operation_name="${name}"`), name).to.equal(1);
    }
    expect(of(commands, 'db_operation_name="MULTI"')).to.be.at.least(2);
    expect(of('slipway_redis_pubsub_subscriptions', 'kind="channel"')).to.equal(1);
    expect(of('slipway_redis_pubsub_received_messages_total')).to.equal(1);
    expect(of('slipway_idempotency_processed_total', 'service="desk"')).to.equal(1);
    expect(of('slipway_component_state', 'component="redis"', 'state="ready"')).to.equal(1);
    expect(of('slipway_component_state', 'component="kafka"', 'state="stopped"')).to.equal(0);

    const text = await page.text();
    for (const secret of ['secret-key', 'ws:ada', 'ada']) expect(text).to.not.contain(secret);
  });

  it('does not open a client to measure it', async () => {
    await using app = await Application.start([infrastructure(loadSettings(environment)), metrics()]);
    const values = await valuesOf(await app.get(Metrics));
    expect([...values.keys()].filter((name) => !name.includes('_bucket'))).to.deep.equal([]);
  });

  it('tells the clients of one application from those of another', async () => {
    await using first = await Application.start(measured());
    await using second = await Application.start(measured());
    await (await first.get(RedisClient)).get('a');
    const count = ['db_client_operation_duration_seconds_count', 'GET'];
    expect(valueOf(await valuesOf(await first.get(Metrics)), ...count)).to.equal(1);
    expect(valueOf(await valuesOf(await second.get(Metrics)), ...count)).to.equal(undefined);
  });

  it('joins the registry of the service, once', async () => {
    const registry = new Registry();
    using own = await createMetrics([], { registry });
    expect(registry.getSingleMetric('slipway_component_state')).to.not.equal(undefined);
    expect(await own.text()).to.equal(await registry.metrics());
    expect(await codeOfRejection(createMetrics([], { registry }))).to.equal('SLIPWAY_OBSERVABILITY_METRICS');
    expect(await codeOfRejection(createMetrics([], { maxTopics: -1 }))).to.equal(
      'SLIPWAY_OBSERVABILITY_METRICS',
    );
  });

  it('names so many topics, and all others as one', async () => {
    await using bus = new KafkaBus({ clientId: 'desk', bootstrapServers: 'memory://' });
    using page = await createMetrics([bus], { maxTopics: 2 });
    await bus.start();
    for (const topic of ['a', 'b', 'c', 'd', 'a']) await bus.publish(topic, envelope());
    const values = await valuesOf(page);
    const sent = (topic: string) =>
      valueOf(values, 'messaging_client_sent_messages_total', `messaging_destination_name="${topic}"`);
    expect(['a', 'b', 'c', '_OTHER'].map(sent)).to.deep.equal([2, 1, undefined, 2]);
  });

  it('adds the lag of partitions whose topics are not named', async () => {
    const source = { operations: {}, samples: () => [lag('a', 0, 1), lag('b', 0, 2), lag('c', 1, 3)] };
    using page = await createMetrics([source], { maxTopics: 1 });
    for (const scrape of ['first', 'second']) {
      const values = await valuesOf(page);
      expect(valueOf(values, 'lag_messages', 'name="a"', 'partition_id="0"'), scrape).to.equal(1);
      expect(valueOf(values, 'lag_messages', 'name="_OTHER"', 'partition_id="_OTHER"')).to.equal(5);
    }
  });

  it('counts nothing more once it is closed', async () => {
    await using redis = new RedisClient({ clientId: 'desk', url: 'memory://' });
    await redis.start();
    const page = await createMetrics([redis]);
    page.close();
    await redis.get('a');
    expect(valueOf(await valuesOf(page), 'db_client_operation_duration_seconds_count')).to.equal(undefined);
  });

  it('tells errors by their code, and those of others by their class', async () => {
    await using bus = new KafkaBus({ clientId: 'desk', bootstrapServers: 'memory://' });
    using page = await createMetrics([bus]);
    const refused = await bus.publish('a', envelope()).catch((error: unknown) => error);
    expect(SlipwayError.is(refused, 'SLIPWAY_KAFKA_NOT_STARTED')).to.equal(true);
    const values = await valuesOf(page);
    expect(valueOf(values, 'sent_messages_total', 'error_type="SLIPWAY_KAFKA_NOT_STARTED"')).to.equal(1);
  });

  it('has exactly the metrics and attributes that docs/observability.md lists', () => {
    const text = readFileSync(join(projectRoot, 'docs', 'observability.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z_]+)`\s*\| (counter|gauge|histogram)\s*\| (.*?)\s*\|/gm)];
    const listed = rows.map(([, name, type, labels = '']) => [
      name,
      type,
      ...[...labels.matchAll(/`([a-z_]+)`/g)].map(([, label]) => label),
    ]);
    const all = [...Object.values(observedMetrics), ...Object.values(sampledMetrics)];
    expect(listed).to.deep.equal(all.map(({ name, type, labels }) => [name, type, ...labels]));
    for (const attribute of Object.values(attributes)) expect(text).to.contain(`\`${attribute}\``);
  });

  it('has metrics whose names and labels Prometheus takes, each once', () => {
    const all = [...Object.values(observedMetrics), ...Object.values(sampledMetrics)];
    expect(new Set(all.map(({ name }) => name)).size).to.equal(all.length);
    for (const { name, type, labels } of all) {
      expect(name).to.match(/^[a-z][a-z_]*$/);
      expect(name.endsWith('_total'), name).to.equal(type === 'counter');
      for (const label of labels) expect(label).to.match(/^[a-z][a-z_]*$/);
    }
  });
});
