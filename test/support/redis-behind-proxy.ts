import { RedisClients } from './redis-helpers.js';
import { type RunningRedis, startRedis } from './servers/redis-server.js';
import { TcpProxy } from './tcp-proxy.js';

/** What each test of a suite has: a server of the suite's own, a fresh proxy before it, and clients that end with it. */
export class RedisBehindProxy {
  readonly clients = new RedisClients();
  #server: RunningRedis | undefined;
  #proxy: TcpProxy | undefined;

  /** To be called within `describe`: registers its hooks. */
  constructor() {
    before(async () => {
      this.#server = await startRedis();
    });
    beforeEach(async () => {
      this.#proxy = await TcpProxy.start(this.server.port);
    });
    afterEach(async () => {
      await this.clients[Symbol.asyncDispose]();
      await this.proxy[Symbol.asyncDispose]();
    });
    after(() => this.server[Symbol.asyncDispose]());
  }

  get server(): RunningRedis {
    return there(this.#server);
  }

  get proxy(): TcpProxy {
    return there(this.#proxy);
  }

  /** The server's address through the proxy. */
  get url(): string {
    return `redis://127.0.0.1:${this.proxy.port}`;
  }
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Ask in a hook or a test, not when the file is loaded.');
  return value;
}
