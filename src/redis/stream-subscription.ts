import type { RedisError } from '../errors/redis-error.js';
import type { ComponentState } from '../protocols/component.js';
import type {
  DurableMessage,
  DurableSubscription,
  PubSubConfirmation,
  PubSubGap,
} from '../protocols/redis.js';
import { keySlot } from './cluster/key-slot.js';
import { isMoved, redirectOf } from './cluster/redirect.js';
import { type StreamInfo, xinfoStream } from './commands/streams.js';
import { Connection } from './connection.js';
import type { RedisEndpoint } from './endpoint.js';
import { stopped } from './failures.js';
import { Fifo } from './fifo.js';
import { Gap } from './gap.js';
import { onAbort } from './on-abort.js';
import { pauseMs } from './pause.js';
import type { PubSubCounts } from './pubsub-stats.js';
import { isNoSuchKey } from './reply-error.js';
import { sleep } from './sleep.js';

/** A PING waits behind a read that blocks, so there is a turn more than a dead link needs: found within 3 s. */
const heartbeat = { intervalMs: 1000, turns: 2 };
/** The longest one read blocks on the server. */
const longestBlockMs = 1000;

export interface StreamSubscriptionOptions {
  readonly endpoint: RedisEndpoint;
  readonly stream: string;
  /** Entries of one read. */
  readonly batch: number;
  /** Does reading write, as it does for a group? Then a replica will not do. */
  readonly needsPrimary?: boolean;
  readonly onGap?: ((gap: PubSubGap) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of all its client's subscriptions. */
  readonly counts: PubSubCounts;
  /** The state of its connection changed. */
  readonly onState: (state: ComponentState) => void;
  readonly onClose: (subscription: StreamSubscription<DurableMessage>) => void;
}

/** What all readers of a stream do: a connection of their own, one batch at a time, and on after every loss. */
export abstract class StreamSubscription<M extends DurableMessage> implements DurableSubscription<M> {
  readonly stream: string;
  readonly connection: Connection;
  protected readonly batch: number;
  protected readonly blockMs: number;
  protected readonly endpoint: RedisEndpoint;
  readonly #options: StreamSubscriptionOptions;
  readonly #ready = new Fifo<M | Gap>();
  readonly #closing = new AbortController();
  #fetching: Promise<void> | undefined;
  #failures = 0;
  #lastId = '0-0';
  #gaps = 0;
  #failure: RedisError | undefined;
  #closed: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;

  constructor(options: StreamSubscriptionOptions) {
    const { endpoint } = options;
    this.#options = options;
    this.endpoint = endpoint;
    this.stream = options.stream;
    this.batch = options.batch;
    this.blockMs = Math.max(1, Math.min(longestBlockMs, Math.floor(endpoint.deadlineMs / 2)));
    const { cluster } = endpoint;
    // In a cluster each link goes to the master that has the stream at the time.
    this.connection = new Connection(cluster?.owner(keySlot(this.stream)) ?? endpoint, {
      name: `${endpoint.clientId}:stream`,
      heartbeat,
      needsPrimary: options.needsPrimary ?? false,
      onState: options.onState,
      onLink: (link) => cluster?.endWithServer(link),
      // A read that blocks is given up.
      stopGraceMs: 0,
    });
  }

  /** Undefined where there is no such stream. */
  protected async info(): Promise<StreamInfo | undefined> {
    try {
      return await this.connection.execute(xinfoStream(this.stream));
    } catch (error) {
      if (isNoSuchKey(error)) return undefined;
      throw error;
    }
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  get lastId(): string {
    return this.#lastId;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** Resolves when its place in the stream is known. Closed if it rejects. */
  async open(): Promise<void> {
    const { signal } = this.#options;
    if (signal !== undefined) this.#unwatch = onAbort(signal, () => void this.close());
    try {
      signal?.throwIfAborted();
      // Its failure is that of the commands that wait for it.
      this.connection.startPatiently().catch(() => {});
      this.#lastId = await this.#begin();
    } catch (error) {
      await this.close();
      throw signal?.aborted === true ? signal.reason : error;
    }
  }

  /** Finds the place where reading begins, and gives its id. */
  protected abstract begin(): Promise<string>;

  /** The next entries and gaps, after a while without any none. What it throws is followed by another call. */
  protected abstract fetch(): Promise<readonly (M | Gap)[]>;

  /** A message is given to a loop. */
  protected given(_message: M): void {}

  async close(): Promise<void> {
    this.#closed ??= this.#close(undefined);
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<M> {
    // Its reader is told of nothing but messages.
    return this.#read(false) as AsyncIterableIterator<M>;
  }

  async *listen(): AsyncIterableIterator<M | PubSubConfirmation | PubSubGap> {
    yield { type: 'subscribe', channel: this.stream, data: this.stream };
    yield* this.#read(true);
  }

  /** Finds the place, on whichever server the stream is then. */
  async #begin(): Promise<string> {
    const expiresAt = performance.now() + this.endpoint.deadlineMs;
    for (let turn = 0; ; turn += 1) {
      try {
        return await this.begin();
      } catch (error) {
        if (!this.#isElsewhere(error) || performance.now() >= expiresAt) throw error;
        await this.#pause(turn);
      }
    }
  }

  /** Did the server refuse it because it has the stream no more? Then the next link goes to the one that has. */
  #isElsewhere(error: unknown): boolean {
    const { cluster } = this.endpoint;
    const { link } = this.connection;
    if (cluster === undefined || !isMoved(error) || this.#closed !== undefined) return false;
    const redirect = redirectOf(error, link === undefined ? '' : cluster.hostOf(link)) ?? { kind: 'later' };
    cluster.heed(redirect);
    // While a slot is being moved the stream is at neither of the two for good: this waits for the end of it.
    if (redirect.kind === 'moved') link?.destroy(error);
    return true;
  }

  async #pause(turn: number): Promise<void> {
    await sleep(pauseMs(turn), this.#closing.signal).catch(() => {});
  }

  async *#read(wantsGaps: boolean): AsyncGenerator<M | PubSubGap, undefined> {
    for (;;) {
      const item = await this.#next();
      if (item === undefined) return;
      if (item instanceof Gap) {
        const event = item.toEvent(this.stream);
        this.#options.onGap?.(event);
        if (wantsGaps) yield event;
      } else {
        this.#lastId = item.id;
        this.#options.counts.received += 1;
        this.given(item);
        yield item;
      }
    }
  }

  async #next(): Promise<M | Gap | undefined> {
    for (;;) {
      const item = this.#ready.shift();
      if (item !== undefined) return item;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#closed !== undefined) return undefined;
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
      await this.#fetching;
    }
  }

  /** Never rejects: what ends the subscription is kept for its loops. */
  async #fetch(): Promise<void> {
    try {
      for (const item of await this.fetch()) {
        if (item instanceof Gap) {
          this.#gaps += 1;
          this.#options.counts.gaps += 1;
        }
        this.#ready.push(item);
      }
      this.#failures = 0;
    } catch (error) {
      if (this.#closed !== undefined) {
        this.#ready.clear();
      } else if (isFinal(error as RedisError)) {
        this.#failure = error as RedisError;
        this.#closed = this.#close(error as RedisError);
      } else {
        this.#isElsewhere(error);
        await this.#pause(this.#failures);
        this.#failures += 1;
      }
    }
  }

  async #close(failure: RedisError | undefined): Promise<void> {
    this.#unwatch?.();
    if (failure === undefined) this.#ready.clear();
    this.#closing.abort(stopped(this.endpoint));
    await this.connection.stop();
    this.#options.onClose(this);
  }
}

/** Would every further attempt be refused as well? A lost connection or a busy server pass. */
function isFinal({ code, cause }: RedisError): boolean {
  if (code === 'SLIPWAY_REDIS_NO_PERMISSION') return true;
  return (
    code === 'SLIPWAY_REDIS_COMMAND' &&
    /^(?:ERR|WRONGTYPE) /.test((cause as Error | undefined)?.message ?? 'ERR ')
  );
}
