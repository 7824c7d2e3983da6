import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Link } from '../../src/redis/link.js';
import type { FaultyRedis, OpenFaulty, RedisLinkFaults, RedisServerFaults } from '../../src/testing/index.js';
import { openLink, RedisClients } from './redis-helpers.js';
import { until } from './until.js';
import { type RunningRedis, startRedis } from './servers/redis-server.js';
import { TcpProxy } from './tcp-proxy.js';

/** Clients of a real server, each test over a proxy of its own. */
export function behindProxy(server: () => RunningRedis): OpenFaulty<RedisLinkFaults> {
  return async () => {
    const clients = new RedisClients();
    const proxy = await TcpProxy.start(server().port);
    return {
      createClient: (settings) => clients.create(`redis://127.0.0.1:${proxy.port}`, settings),
      faults: {
        cut: () => proxy.cut(),
        refuse: (on) => proxy.refuse(on),
        stall: () => proxy.hold(),
        resume: () => proxy.hold(false),
        forget: () => proxy.forget(),
        loseReply: (command) => proxy.loseReply(command),
      },
      close: async () => {
        proxy.hold(false);
        await clients[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
      },
    };
  };
}

/** A server that keeps no more than it is told to save, and closes subscribers that have a large reply to read. */
export function startFaultyRedis(): Promise<RunningRedis> {
  return startRedis({
    config: {
      appendonly: 'no',
      'busy-reply-threshold': '20',
      'client-output-buffer-limit': 'pubsub 256kb 0 0',
      // It looks up from loading after each key of the ballast.
      'loading-process-events-interval-bytes': '1024',
      rdbcompression: 'no',
    },
  });
}

/** Clients of a real server that is done to what can be done to one. Ask for one at a time. */
export function onServer(server: () => RunningRedis): OpenFaulty<RedisServerFaults> {
  return async () => {
    const clients = new RedisClients();
    const faults = await RealServerFaults.of(server());
    const faulty: FaultyRedis<RedisServerFaults> = {
      createClient: (settings) => clients.create(server().url, settings),
      faults,
      close: async () => {
        await faults.heal();
        await clients[Symbol.asyncDispose]();
        await faults.end();
      },
    };
    return faulty;
  };
}

class RealServerFaults implements RedisServerFaults {
  readonly #server: RunningRedis;
  /** Open before there is anything wrong. */
  #control: Link;
  readonly #undo = new Map<string, () => Promise<void> | void>();
  #under: Promise<unknown> = Promise.resolve();

  private constructor(server: RunningRedis, control: Link) {
    this.#server = server;
    this.#control = control;
  }

  static async of(server: RunningRedis): Promise<RealServerFaults> {
    return new RealServerFaults(server, await openControl(server.url));
  }

  async cut(): Promise<void> {
    for (const type of ['normal', 'pubsub']) await this.#ask('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
  }

  stall(): void {
    this.#server.pause();
    this.#undo.set('stall', () => this.resume());
  }

  resume(): void {
    this.#undo.delete('stall');
    this.#server.resume();
  }

  async restart({ keepsData }: { readonly keepsData: boolean }): Promise<void> {
    if (keepsData) await this.#ask('SAVE');
    await this.#server.kill();
    await this.#server.restart();
    await this.#control.closed;
    this.#control = await openControl(this.#server.url);
    if (keepsData) rmSync(await this.#dumpFile());
  }

  readOnly(on: boolean): Promise<void> {
    return this.#turn('readOnly', on, {
      on: () => this.#ask('REPLICAOF', '127.0.0.1', '1'),
      off: () => this.#ask('REPLICAOF', 'NO', 'ONE'),
    });
  }

  async refuseWrites(lacking: 'memory' | 'replicas' | 'disk' | undefined): Promise<void> {
    const config = (name: string, value: string) => () => this.#ask('CONFIG', 'SET', name, value);
    await this.#turn('memory', lacking === 'memory', {
      on: config('maxmemory', '1'),
      off: config('maxmemory', '0'),
    });
    await this.#turn('replicas', lacking === 'replicas', {
      on: config('min-replicas-to-write', '1'),
      off: config('min-replicas-to-write', '0'),
    });
    await this.#turn('disk', lacking === 'disk', {
      on: async () => {
        // A folder in the place of the file that it would write.
        const file = await this.#dumpFile();
        mkdirSync(join(file, 'in-the-way'), { recursive: true });
        await this.#ask('CONFIG', 'SET', 'save', '3600 1000000');
        await this.#saveInBackground('err');
      },
      off: async () => {
        rmSync(await this.#dumpFile(), { recursive: true });
        await this.#saveInBackground('ok');
        await this.#ask('CONFIG', 'SET', 'save', '');
        rmSync(await this.#dumpFile());
      },
    });
  }

  loading(on: boolean): Promise<void> {
    return this.#turn('loading', on, {
      on: async () => {
        await this.#ask('DEBUG', 'POPULATE', '2000', 'ballast', '1100');
        await this.#ask('CONFIG', 'SET', 'key-load-delay', '10000');
        const loader = await openControl(this.#server.url);
        const reloading = loader.redis.call('DEBUG', 'RELOAD');
        // A cut ends its connection, and not what the server does.
        this.#under = reloading.catch(() => {}).finally(() => loader.redis.disconnect());
        await this.#untilRefused('LOADING');
      },
      off: async () => {
        await this.#ask('CONFIG', 'SET', 'key-load-delay', '0');
        await this.#under;
        await until(() => this.#ask('PING').then(Boolean, () => false));
        rmSync(await this.#dumpFile());
      },
    });
  }

  busy(on: boolean): Promise<void> {
    return this.#turn('busy', on, {
      on: async () => {
        const runner = await openControl(this.#server.url);
        const script = runner.redis.call('EVAL', 'while true do end', '0');
        this.#under = script.catch(() => {}).finally(() => runner.redis.disconnect());
        await this.#untilRefused('BUSY');
      },
      off: async () => {
        await this.#ask('SCRIPT', 'KILL');
        await this.#under;
      },
    });
  }

  full(on: boolean): Promise<void> {
    return this.#turn('full', on, {
      on: () => this.#ask('CONFIG', 'SET', 'maxclients', '1'),
      off: () => this.#ask('CONFIG', 'SET', 'maxclients', '1000'),
    });
  }

  requirePassword(password: string | undefined): Promise<void> {
    return this.#turn('password', password !== undefined, {
      on: () => this.#ask('CONFIG', 'SET', 'requirepass', password ?? ''),
      off: () => this.#ask('CONFIG', 'SET', 'requirepass', ''),
    });
  }

  allowChannels(pattern: string | undefined): Promise<void> {
    return this.#turn('channels', pattern !== undefined, {
      on: () => this.#ask('ACL', 'SETUSER', 'default', 'resetchannels', `&${pattern ?? ''}`),
      off: () => this.#ask('ACL', 'SETUSER', 'default', 'allchannels'),
    });
  }

  async heal(): Promise<void> {
    for (const undo of [...this.#undo.values()].toReversed()) await undo();
    await this.#ask('FLUSHALL');
  }

  async end(): Promise<void> {
    this.#control.redis.disconnect();
    await this.#control.closed;
  }

  async #turn(
    name: string,
    on: boolean,
    ways: { readonly on: () => Promise<unknown>; readonly off: () => Promise<unknown> },
  ): Promise<void> {
    if (on) {
      this.#undo.set(name, async () => void (await ways.off()));
      await ways.on();
    } else if (this.#undo.delete(name)) await ways.off();
  }

  #ask(name: string, ...args: string[]): Promise<unknown> {
    return this.#control.redis.call(name, ...args);
  }

  async #dumpFile(): Promise<string> {
    const [, folder] = (await this.#ask('CONFIG', 'GET', 'dir')) as string[];
    return join(folder ?? '', 'dump.rdb');
  }

  async #saveInBackground(status: 'ok' | 'err'): Promise<void> {
    await this.#ask('BGSAVE');
    await until(async () => {
      const info = String(await this.#ask('INFO', 'persistence'));
      return info.includes('rdb_bgsave_in_progress:0') && info.includes(`rdb_last_bgsave_status:${status}`);
    });
  }

  #untilRefused(word: string): Promise<void> {
    return until(() =>
      this.#ask('GET', 'none').then(
        () => false,
        (error: unknown) => String(error).includes(word),
      ),
    );
  }
}

/** A connection that a busy machine may take its time for. */
async function openControl(url: string): Promise<Link> {
  const links: Link[] = [];
  await until(
    () =>
      openLink(url).then(
        (link) => links.push(link) > 0,
        () => false,
      ),
    'a connection opens',
    60_000,
  );
  return links[0] as Link;
}
