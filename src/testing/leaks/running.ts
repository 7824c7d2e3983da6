import { Application } from '../../container/application.js';
import { EventConsumer } from '../../kafka/consumer/event-consumer.js';
import { RedisClient } from '../../redis/redis-client.js';

type Method = (this: object, ...args: unknown[]) => Promise<unknown>;

/** What was started and not stopped. On servers in this process none of it has a handle that the system knows. */
const running = {
  applications: new Set<Pick<Application, 'openScopes'>>(),
  consumers: new Set<EventConsumer>(),
  clients: new Set<Pick<RedisClient, 'pubsub'>>(),
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
  watch(RedisClient, running.clients);
}

function watch({ prototype }: { readonly prototype: object }, started: Set<object>): void {
  const methods = prototype as Record<'start' | 'stop', Method>;
  const { start, stop } = methods;
  methods.start = function startWatched(...args) {
    started.add(this);
    const starting = start.apply(this, args);
    starting.catch(() => started.delete(this));
    return starting;
  };
  methods.stop = function stopWatched(...args) {
    const stopped = stop.apply(this, args);
    const end = (): unknown => started.delete(this);
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
  for (const application of running.applications) {
    open.push(`${application.constructor.name} that was not stopped`);
    for (const outer of application.openScopes) {
      let scope = outer;
      // One that was skipped is not what the test entered.
      for (let [inner] = scope.innerScopes(); inner !== undefined; [inner] = scope.innerScopes())
        scope = inner;
      open.push(`${scope.name} scope`);
    }
  }
  for (let count = 0; count < running.consumers.size; count += 1) {
    open.push('EventConsumer that was not stopped');
  }
  for (const { pubsub } of running.clients) {
    const { channels, streams } = pubsub.stats();
    for (let count = 0; count < channels + streams; count += 1) open.push('Redis subscription');
  }
  return open;
}
