import type { RedisError } from '../errors/redis-error.js';
import type { DurableMessage } from '../protocols/redis.js';
import { runId } from './commands/connection.js';
import { type StreamEntry, type StreamInfo, xrange, xreadBlock } from './commands/streams.js';
import { Gap } from './gap.js';
import { compareStreamIds, zeroId } from './stream-id.js';
import { StreamSubscription, type StreamSubscriptionOptions } from './stream-subscription.js';

/** The entry that was read last, or after which reading begins. */
interface Position {
  readonly id: string;
  /** How many entries were added up to it, itself included; undefined where that is not known. */
  readonly added: number | undefined;
  /** Was the stream there then? */
  readonly exists: boolean;
}

/** The stream is not there: what comes is its first. */
const nowhere: Position = { id: zeroId, added: 0, exists: false };

export interface StreamCursorOptions extends StreamSubscriptionOptions {
  /** `$`, or an id in full. */
  readonly from: string;
}

/**
 * Reads a stream entry by entry from a place of its own.
 *
 * Each read begins with the entry that was read last: where that still stands, nothing after it was trimmed, since
 * trimming takes the oldest. Only where it is gone the stream is asked how many entries it ever had. XREAD only wakes:
 * its reply does not tell what was trimmed while it waited.
 */
export class StreamCursor extends StreamSubscription<DurableMessage> {
  readonly #from: string;
  #position: Position = nowhere;
  /** The link on which the position was last seen to be right, and the server's process. */
  #links = 0;
  #server: string | undefined;
  /** The server may have lost what it knew, and the next entries found will tell what that was. */
  #doubted = false;
  /** Everything added before was read then. Milliseconds since the epoch. */
  #provenAt = Date.now();

  constructor(options: StreamCursorOptions) {
    super(options);
    this.#from = options.from;
  }

  protected async begin(): Promise<string> {
    this.#provenAt = Date.now();
    const info = await this.info();
    this.#server = await this.#runId();
    this.#links = this.connection.reconnects;
    if (this.#from === '$') {
      this.#position =
        info === undefined ? nowhere : { id: info.lastGeneratedId, added: info.entriesAdded, exists: true };
    } else if (this.#from === zeroId) {
      this.#position = info === undefined ? nowhere : beforeAllOf(info);
    } else {
      // Whoever knows an id has seen the stream.
      this.#position = { id: this.#from, added: undefined, exists: true };
    }
    return this.#position.id;
  }

  protected async fetch(): Promise<readonly (DurableMessage | Gap)[]> {
    const askedAt = Date.now();
    const { id } = this.#position;
    const found = await this.connection.execute(xrange(this.stream, id, this.batch + 1));
    const contiguous = found[0]?.id === id;
    const fresh = contiguous ? found.slice(1) : found.slice(0, this.batch);
    const gap = contiguous ? undefined : await this.#inspect(found);
    if (gap === 'ask again') return [];
    if (contiguous) await this.#wasRestarted(); // the place is right all the same
    this.#doubted = false;
    this.#advance(fresh);
    this.#provenAt = fresh.length < this.batch ? askedAt : this.#provenAt;
    if (gap !== undefined || fresh.length > 0) {
      return [...(gap === undefined ? [] : [gap]), ...fresh.map((entry) => this.#message(entry))];
    }
    await this.connection.execute(xreadBlock(this.stream, this.#position.id, this.blockMs));
    return [];
  }

  #advance(fresh: readonly StreamEntry[]): void {
    const last = fresh.at(-1);
    if (last === undefined) return;
    const { added } = this.#position;
    this.#position = {
      id: last.id,
      added: added === undefined ? undefined : added + fresh.length,
      exists: true,
    };
  }

  /** What the absence of the last entry read means; moves the position to just before the entries found. */
  async #inspect(found: readonly StreamEntry[]): Promise<Gap | undefined | 'ask again'> {
    const position = this.#position;
    const info = await this.info();
    this.#doubted = (await this.#wasRestarted()) || this.#doubted;
    const restarted = this.#doubted;
    const gap = (dropped = 0): Gap => new Gap('trimmed', this.#provenAt, Date.now(), dropped);
    if (info === undefined) {
      this.#position = nowhere;
      return position.exists || found.length > 0 || restarted ? gap() : undefined;
    }
    if (compareStreamIds(info.lastGeneratedId, position.id) < 0) {
      // Another stream of the same name, or an older copy of it.
      this.#position = { id: info.lastGeneratedId, added: info.entriesAdded, exists: true };
      return gap();
    }
    if (found.length === 0) return this.#trimmedAway(position, info, restarted, gap);
    const ordinal = ordinalOf(found, info);
    const expected = position.added === undefined ? undefined : position.added + 1;
    const trimmedUpToIt = info.firstId === undefined || compareStreamIds(info.firstId, position.id) > 0;
    this.#position = { ...position, added: ordinal === undefined ? undefined : ordinal - 1 };
    if (!restarted && (!trimmedUpToIt || (ordinal !== undefined && ordinal === expected))) return undefined;
    return gap(ordinal === undefined || expected === undefined ? 0 : Math.max(0, ordinal - expected));
  }

  /** Nothing was found: are there entries that came and went? Some may have come since it was looked for them. */
  #trimmedAway(
    position: Position,
    info: StreamInfo,
    restarted: boolean,
    gap: (dropped: number) => Gap,
  ): Gap | undefined | 'ask again' {
    if (info.lastGeneratedId === position.id) return undefined;
    if (info.lastId !== undefined && compareStreamIds(info.lastId, position.id) > 0) return 'ask again';
    const added = info.entriesAdded;
    this.#position = { id: info.lastGeneratedId, added, exists: true };
    if (added === undefined || position.added === undefined) return gap(0);
    return added === position.added && !restarted ? undefined : gap(Math.max(0, added - position.added));
  }

  /** May the server have lost what it knew, since the position was last seen to be right? */
  async #wasRestarted(): Promise<boolean> {
    const links = this.connection.reconnects;
    if (links === this.#links) return false;
    const before = this.#server;
    this.#server = await this.#runId();
    this.#links = links;
    return this.#server === undefined || this.#server !== before;
  }

  /** Undefined where the access list forbids to ask. */
  async #runId(): Promise<string | undefined> {
    try {
      return await this.connection.execute(runId);
    } catch (error) {
      if ((error as RedisError).code === 'SLIPWAY_REDIS_NO_PERMISSION') return undefined;
      throw error;
    }
  }

  #message({ id, fields }: StreamEntry): DurableMessage {
    return { type: 'message', channel: this.stream, id, data: fields?.['data'] ?? '', fields: fields ?? {} };
  }
}

function beforeAllOf({ length, entriesAdded, lastGeneratedId }: StreamInfo): Position {
  if (length === 0) return { id: lastGeneratedId, added: entriesAdded, exists: true };
  return { id: zeroId, added: entriesAdded === undefined ? undefined : entriesAdded - length, exists: true };
}

/** Which of all entries ever added, counted from 1, the first found is, if the stream still begins within those found. */
function ordinalOf(found: readonly StreamEntry[], info: StreamInfo): number | undefined {
  if (info.entriesAdded === undefined || info.firstId === undefined) return undefined;
  const trimmedSince = found.findIndex((entry) => entry.id === info.firstId);
  if (trimmedSince === -1) return undefined;
  return info.entriesAdded - info.length + 1 - trimmedSince;
}
