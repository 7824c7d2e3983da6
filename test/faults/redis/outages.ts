import { freePort } from '../../support/servers/free-port.js';
import type { RunningRedis } from '../../support/servers/redis-server.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';

/** Where an outage happens: a server, and a proxy between it and the clients. */
export interface Scene {
  readonly server: RunningRedis;
  readonly proxy: TcpProxy;
  /** A command on a connection that goes past the proxy. */
  readonly ask: (name: string, ...args: string[]) => Promise<unknown>;
}

/** Something that happens to a server or to the way to it, and ends. */
export interface Outage {
  /** `redis.<id>` is its result. */
  readonly id: string;
  /** How long it lasts in the full form, at least. */
  readonly ms: number;
  /** Directives of the server. */
  readonly config?: Readonly<Record<string, string>>;
  /** Bytes arrive changed, so that a reply may read as another one: wrong answers are told, and must end with it. */
  readonly garbles?: true;
  begin(scene: Scene, ms: number): void | Promise<void>;
  /** Resolves when the server could serve again. */
  end(scene: Scene): void | Promise<void>;
}

/** The rows of docs/faults.md. */
export const outages: readonly Outage[] = [
  {
    id: 'kill-9',
    ms: 6000,
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart(),
  },
  {
    id: 'sigstop',
    ms: 10_000,
    begin: ({ server }) => server.pause(),
    end: ({ server }) => server.resume(),
  },
  {
    id: 'client-pause',
    ms: 10_000,
    begin: async ({ ask }, ms) => {
      await ask('CLIENT', 'PAUSE', String(ms), 'ALL');
    },
    end: () => {},
  },
  {
    id: 'black-hole',
    ms: 8000,
    begin: ({ proxy }) => proxy.blackHole(),
    end: ({ proxy }) => proxy.blackHole(false),
  },
  {
    id: 'dropped-replies',
    ms: 8000,
    begin: ({ proxy }) => proxy.dropReplies(),
    end: ({ proxy }) => proxy.dropReplies(false),
  },
  {
    id: 'dropped-bytes',
    ms: 8000,
    garbles: true,
    begin: ({ proxy }) => proxy.loseBytes('every second'),
    end: ({ proxy }) => proxy.loseBytes(undefined),
  },
  {
    id: 'dropped-halves',
    ms: 8000,
    garbles: true,
    begin: ({ proxy }) => proxy.loseBytes('second half'),
    end: ({ proxy }) => proxy.loseBytes(undefined),
  },
  {
    id: 'cuts',
    ms: 5000,
    begin: async ({ proxy }, ms) => {
      const end = performance.now() + ms;
      while (performance.now() < end) {
        proxy.cut();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    end: () => {},
  },
  {
    id: 'loading',
    ms: 8000,
    config: {
      appendonly: 'no',
      'key-load-delay': '1000',
      'loading-process-events-interval-bytes': '1024',
    },
    begin: async ({ server, ask }, ms) => {
      await ask('DEBUG', 'POPULATE', String(ms), 'ballast', '100'); // each delays it by a millisecond
      await ask('SHUTDOWN', 'SAVE').catch(() => {}); // it hangs up instead of answering
      await server.kill();
      await server.restart(); // which waits until it is loaded
    },
    end: () => {},
  },
  {
    id: 'max-clients',
    ms: 8000,
    begin: async ({ proxy, ask }) => {
      await ask('CONFIG', 'SET', 'maxclients', '1');
      proxy.cut();
    },
    end: async ({ ask }) => {
      await ask('CONFIG', 'SET', 'maxclients', '10000');
    },
  },
  {
    id: 'password',
    ms: 5000,
    begin: async ({ proxy, ask }) => {
      await ask('CONFIG', 'SET', 'requirepass', 'a-new-one');
      proxy.cut();
    },
    end: async ({ ask }) => {
      await ask('CONFIG', 'SET', 'requirepass', '');
    },
  },
  {
    id: 'read-only',
    ms: 5000,
    begin: async ({ ask }) => {
      await ask('REPLICAOF', '127.0.0.1', String(await freePort()));
    },
    end: async ({ ask }) => {
      await ask('REPLICAOF', 'NO', 'ONE');
    },
  },
  {
    id: 'no-replicas',
    ms: 5000,
    begin: async ({ ask }) => {
      await ask('CONFIG', 'SET', 'min-replicas-to-write', '1');
    },
    end: async ({ ask }) => {
      await ask('CONFIG', 'SET', 'min-replicas-to-write', '0');
    },
  },
  {
    id: 'out-of-memory',
    ms: 5000,
    begin: async ({ ask }) => {
      await ask('CONFIG', 'SET', 'maxmemory', '1');
    },
    end: async ({ ask }) => {
      await ask('CONFIG', 'SET', 'maxmemory', '0');
    },
  },
];
