import { setTimeout as delay } from 'node:timers/promises';
import { all, lazy, Provider, Scope, type Token, token } from '../../../src/index.js';

type Key = Token<object>;

const areaNames = [
  'Essay',
  'Class',
  'Grade',
  'User',
  'Invoice',
  'Message',
  'Upload',
  'Report',
  'Audit',
  'Search',
  'Quiz',
];

/** How much the factories of {@link sampleService} wait: nothing, or some milliseconds each. */
export interface SampleOptions {
  readonly slow?: boolean;
  /** How many areas it has. Default all eleven: 150 tokens. */
  readonly areas?: number;
}

/**
 * The graph of a service of ordinary shape: 150 tokens in three scopes, a layer of clients, areas with their own
 * repositories, services and handlers, and a few things that nearly all need.
 */
export function sampleService({
  slow = false,
  areas = areaNames.length,
}: SampleOptions = {}): readonly Provider<string, string>[] {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const provide = (
    provider: Provider<string, string>,
    name: string,
    scope: string,
    inject: readonly Key[],
  ): Key => {
    const key = token<object>()(name);
    const waitMs = random(4) === 0 ? random(40) : 0;
    const create = slow && waitMs > 0 ? async () => (await delay(waitMs), {}) : () => ({});
    provider.provide(key, { scope, inject, create });
    return key;
  };

  const core: Provider<string, string> = new Provider('core');
  const settings = ['Service', 'Postgres', 'Redis', 'Kafka', 'Mail', 'Storage'].map((name) => {
    const key = token<object>()(`${name}Settings`);
    core.provide(key, { value: {} });
    return key;
  });
  const [service, postgres, redis, kafka, mail, storage] = settings as [Key, Key, Key, Key, Key, Key];
  const logger = provide(core, 'LoggerFactory', Scope.APP, [service]);
  const clock = provide(core, 'Clock', Scope.APP, []);
  const metrics = provide(core, 'MetricsRegistry', Scope.APP, [service, logger]);
  const pool = provide(core, 'PostgresPool', Scope.APP, [postgres, logger, metrics]);
  const cache = provide(core, 'RedisClientProtocol', Scope.APP, [redis, logger]);
  const bus = provide(core, 'KafkaPublisherProtocol', Scope.APP, [kafka, logger, metrics]);
  const mailer = provide(core, 'Mailer', Scope.APP, [mail, logger]);
  const blobs = provide(core, 'BlobStore', Scope.APP, [storage, logger]);
  const outbox = provide(core, 'TransactionalOutbox', Scope.APP, [pool, bus, clock]);

  const request: Provider<string, string> = new Provider('request');
  const correlation = token<object>()('CorrelationId');
  request.context(correlation, { scope: Scope.REQUEST });
  const user = provide(request, 'CurrentUser', Scope.REQUEST, [correlation, cache]);
  const unit = provide(request, 'UnitOfWork', Scope.REQUEST, [pool, outbox, correlation]);

  const checks = token<object>()('HealthCheck');
  const services: Key[] = [];
  const providers = areaNames.slice(0, areas).map((area, index) => {
    const provider: Provider<string, string> = new Provider(area.toLowerCase());
    const schema = provide(provider, `${area}Schema`, Scope.APP, []);
    const repository = provide(provider, `${area}Repository`, Scope.APP, [pool, schema, logger]);
    const cached = provide(provider, `Cached${area}Repository`, Scope.APP, [repository, cache, metrics]);
    const policy = provide(provider, `${area}AccessPolicy`, Scope.APP, [clock]);
    const events = provide(provider, `${area}EventPublisher`, Scope.APP, [outbox, schema, logger]);
    const extra = [[blobs], [mailer], []][index % 3] ?? [];
    const earlier = services.length === 0 ? [] : [services[random(services.length)] as Key];
    const main = provide(provider, `${area}Service`, Scope.APP, [
      cached,
      policy,
      events,
      logger,
      ...extra,
      ...earlier,
    ]);
    services.push(main);
    provider.provide(checks, { scope: Scope.APP, collect: true, inject: [repository], create: () => ({}) });
    const session = provide(provider, `${area}Session`, Scope.REQUEST, [main, user, unit]);
    provide(provider, `Get${area}Handler`, Scope.REQUEST, [session, logger]);
    provide(provider, `List${area}Handler`, Scope.REQUEST, [session, logger]);
    const validator = provide(provider, `${area}CommandValidator`, Scope.ACTION, [policy, user]);
    provide(provider, `Change${area}Action`, Scope.ACTION, [session, validator, logger]);
    return provider;
  });
  const last: Provider<string, string> = new Provider('jobs');
  const [first, second] = services as [Key, Key];
  const jobs = Array.from({ length: 4 }, (_, index) =>
    provide(last, `NightlyJob${index + 1}`, Scope.APP, [
      services[random(services.length)] as Key,
      clock,
      logger,
    ]),
  );
  provide(last, 'Scheduler', Scope.APP, [...jobs, lazy(first), lazy(second)]);
  provide(last, 'HealthEndpoint', Scope.APP, [all(checks), metrics]);
  return [core, request, ...providers, last];
}
