import { randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import type { ScriptTwin } from '../../protocols/redis/script-commands.js';
import type { RedisStream } from '../endpoint.js';
import { BlockedCommands } from './blocked-commands.js';
import { Channels } from './channels.js';
import { MemoryClock } from './clock.js';
import { Keyspace } from './keyspace.js';
import { MemoryConnection } from './memory-connection.js';
import { MemoryRedisFaults } from './memory-redis-faults.js';
import { ScriptTwins } from './script-twins.js';

export interface MemoryRedisOptions {
  /** Milliseconds since the epoch, for times to live. Default: the machine's clock. */
  readonly now?: () => number;
}

const databaseCount = 16;

/**
 * A Redis server within the process: the real client talks real RESP to it, over a pair of streams in place of a socket.
 * It holds data as long as it is referenced; it needs no start and no stop, and keeps no process alive.
 */
export class MemoryRedisServer {
  /** Its time, which tests may move on. */
  readonly clock: MemoryClock;
  readonly databases: readonly Keyspace[];
  readonly channels = new Channels();
  readonly patterns = new Channels();
  readonly shards = new Channels();
  readonly scripts = new ScriptTwins();
  /** The commands that wait, such as BLPOP. */
  readonly blocked = new BlockedCommands();
  readonly faults = new MemoryRedisFaults(this);
  readonly #connections = new Set<MemoryConnection>();
  #runId = newRunId();
  #lastId = 0;

  constructor({ now }: MemoryRedisOptions = {}) {
    this.clock = new MemoryClock(now);
    this.databases = Array.from({ length: databaseCount }, () => new Keyspace(() => this.clock.now()));
  }

  get connections(): readonly MemoryConnection[] {
    return [...this.#connections];
  }

  /** @internal What INFO calls it: 40 hexadecimal digits, as of a real one. */
  get runId(): string {
    return this.#runId;
  }

  /** @internal What it says to a new connection before it is asked anything. */
  get greeting(): string {
    return this.faults.isFull ? '-ERR max number of clients reached\r\n' : '';
  }

  /** The client's side of a new connection. */
  async connect(): Promise<RedisStream> {
    if (this.faults.refuses) throw refusal();
    const [ours, theirs] = duplexPair();
    const { greeting } = this;
    // A pair's sides know of each other's end but not of each other's destruction.
    ours.once('close', () => theirs.destroy());
    theirs.once('close', () => ours.destroy());
    this.#lastId += 1;
    if (greeting === '') this.#connections.add(new MemoryConnection(this, ours, this.#lastId));
    else ours.write(greeting, () => ours.destroy());
    // What the driver asks of a socket beyond a stream.
    const socket = Object.assign(theirs, {
      setNoDelay: () => socket,
      setKeepAlive: () => socket,
    }) as unknown as RedisStream;
    return socket;
  }

  /** Deletes every key of every database. */
  flushAll(): void {
    for (const database of this.databases) database.clear();
  }

  /** Runs `twin` wherever a client runs the Lua script `source`. */
  registerScript(source: string, twin: ScriptTwin): void {
    this.scripts.register(source, twin);
  }

  /** @internal It runs anew, with the data it had saved. */
  begin(keepsData: boolean): void {
    this.#runId = newRunId();
    this.scripts.flush();
    if (!keepsData) this.flushAll();
  }

  /** @internal */
  closed(connection: MemoryConnection): void {
    this.#connections.delete(connection);
  }
}

function newRunId(): string {
  return randomBytes(20).toString('hex');
}

function refusal(): Error {
  return Object.assign(new Error('connect ECONNREFUSED (memory server)'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
}
