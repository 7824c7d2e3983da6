import { Application } from '../../container/application.js';
import { EventConsumer } from '../../kafka/consumer/event-consumer.js';
import { KafkaBus } from '../../kafka/kafka-bus.js';
import type { ComponentStatus } from '../../protocols/component.js';
import { RedisClient } from '../../redis/redis-client.js';

type Method = (this: object, ...args: unknown[]) => Promise<unknown>;

/** What was started, with how often it was told to start: who stops and starts at once is running when the stop ends. */
type Started<T extends object> = Map<T, number>;

interface Client {
  readonly status: ComponentStatus;
}

/** What was started and not stopped. On servers in this process none of it has a handle that the system knows. */
const running = {
  applications: new Map() as Started<Pick<Application, 'openScopes'>>,
  consumers: new Map() as Started<Client>,
  redis: new Map() as Started<Client & Pick<RedisClient, 'pubsub'>>,
  kafka: new Map() as Started<Client>,
  /** Servers of memoryRedis() and memoryKafka(), with what they are called. */
  servers: new Map<object, string>(),
};
let isWatching = false;

/** Notes from now on what of this process is started and not stopped. */
export function watchRunning(): void {
  if (isWatching) return;
  isWatching = true;
  watch(Application, running.applications);
  watch(EventConsumer, running.consumers);
  watch(RedisClient, running.redis);
  watch(KafkaBus, running.kafka);
}

function watch({ prototype }: { readonly prototype: object }, started: Started<object>): void {
  const methods = prototype as Record<'start' | 'stop', Method>;
  const { start, stop } = methods;
  const startsOf = (instance: object): number => started.get(instance) ?? 0;
  const endOf = (instance: object): (() => void) => {
    const starts = startsOf(instance);
    return () => {
      if (startsOf(instance) === starts) started.delete(instance);
    };
  };
  methods.start = function startWatched(...args) {
    started.set(this, startsOf(this) + 1);
    const end = endOf(this);
    const starting = start.apply(this, args);
    starting.catch(end);
    return starting;
  };
  methods.stop = function stopWatched(...args) {
    const end = endOf(this);
    const stopped = stop.apply(this, args);
    stopped.then(end, end);
    return stopped;
  };
}

/** Notes a server of a test, until what is returned is called. */
export function noteServer(name: string): () => void {
  const server = {};
  running.servers.set(server, name);
  return () => running.servers.delete(server);
}

/** All of it by name, each with the scopes and subscriptions that it has open. */
export function openNames(): readonly string[] {
  const open = [...running.servers.values()].map((name) => `${name} that was not closed`);
  for (const application of running.applications.keys()) {
    open.push(`${application.constructor.name} that was not stopped`);
    for (const outer of application.openScopes) {
      let scope = outer;
      // One that was skipped is not what the test entered.
      for (let [inner] = scope.innerScopes(); inner !== undefined; [inner] = scope.innerScopes())
        scope = inner;
      open.push(`${scope.name} scope`);
    }
  }
  for (const clients of [running.consumers, running.redis, running.kafka]) {
    for (const client of clients.keys()) {
      // One that its settings turn off has nothing open.
      if (client.status.state === 'disabled') continue;
      open.push(`${client.constructor.name} that was not stopped`);
    }
  }
  for (const { pubsub } of running.redis.keys()) {
    const { channels, streams } = pubsub.stats();
    for (let count = 0; count < channels + streams; count += 1) open.push('Redis subscription');
  }
  return open;
}
