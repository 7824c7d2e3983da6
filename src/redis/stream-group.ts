import type { GroupMessage } from '../protocols/redis.js';
import { atomic } from './atomic.js';
import {
  type GroupInfo,
  groupInfos,
  readEntries,
  type StreamEntry,
  type StreamInfo,
  streamInfo,
  xack,
  xautoclaim,
  xgroupCreate,
  xinfoGroups,
  xinfoStream,
  xreadBlock,
  xreadgroup,
} from './commands/streams.js';
import type { Connection } from './connection.js';
import { Gap } from './gap.js';
import { isGroupThere, isNoGroup } from './reply-error.js';
import { compareStreamIds, zeroId } from './stream-id.js';
import { StreamSubscription, type StreamSubscriptionOptions } from './stream-subscription.js';

export interface StreamGroupOptions extends StreamSubscriptionOptions {
  readonly group: string;
  readonly consumer: string;
  /** `$`, or an id in full. */
  readonly from: string;
  readonly claimAfterMs: number;
  readonly maxUnacknowledged: number;
  /** Carries the acknowledgements, which must not wait behind a read that blocks. */
  readonly commands: Pick<Connection, 'execute'>;
}

/** setTimeout takes no more than 2^31 ms; to wake for nothing now and then costs nothing. */
const longestWaitMs = 60_000;

/**
 * Reads a stream as a member of a group. The server keeps what each member was given until it is acknowledged, so this
 * asks for that first when it joins, and again after every read whose reply may be lost.
 */
export class StreamGroup extends StreamSubscription<GroupMessage> {
  readonly #options: StreamGroupOptions;
  /** Fetched and not acknowledged: when it was given to a loop, or that it still waits for one. */
  readonly #unacknowledged = new Map<string, 'waiting' | number>();
  /** Where to go on with what this member was given before; undefined when that is done. */
  #recoverAfter: string | undefined = zeroId;
  #claimFrom = zeroId;
  #claimAt = 0;
  /** Entries added before the place where the group began, if it began with this member. */
  #base: number | undefined;
  #seen: { readonly delivered: string; readonly added: number } | undefined;
  #toldUpTo = zeroId;
  /** Every entry added before was given to the group. Milliseconds since the epoch. */
  #provenAt = Date.now();
  #onAck: (() => void) | undefined;

  constructor(options: StreamGroupOptions) {
    super({ ...options, needsPrimary: true });
    this.#options = options;
  }

  protected async begin(): Promise<string> {
    this.#provenAt = Date.now();
    await this.#create(this.#options.from);
    return zeroId;
  }

  protected override given(message: GroupMessage): void {
    if (this.#unacknowledged.has(message.id)) this.#unacknowledged.set(message.id, performance.now());
  }

  override async close(): Promise<void> {
    this.#onAck?.();
    await super.close();
  }

  protected async fetch(): Promise<readonly (GroupMessage | Gap)[]> {
    try {
      if (this.#recoverAfter !== undefined) return await this.#recover(this.#recoverAfter);
      const untilClaimMs = this.#claimAt - performance.now();
      if (untilClaimMs <= 0) {
        const claimed = await this.#claim();
        if (claimed.length > 0) return claimed;
      }
      if (!this.#isFull()) return await this.#readNew();
      await this.#acknowledgement(Math.max(1, untilClaimMs));
      return [];
    } catch (error) {
      // What the lost reply held was given to this member all the same.
      this.#recoverAfter = zeroId;
      if (!isNoGroup(error)) throw error;
      return [await this.#restart()];
    }
  }

  async #create(from: string): Promise<void> {
    const { group } = this.#options;
    const info = await this.info();
    try {
      await this.connection.execute(xgroupCreate(this.stream, group, from));
    } catch (error) {
      if (isGroupThere(error)) return;
      throw error;
    }
    if (from === '$') this.#base = info === undefined ? 0 : info.entriesAdded;
    else if (from === zeroId && info?.entriesAdded !== undefined)
      this.#base = info.entriesAdded - info.length;
    else if (from === zeroId && info === undefined) this.#base = 0;
  }

  /** The group is gone, and what it knew with it: all that is there now is new. */
  async #restart(): Promise<Gap> {
    this.#unacknowledged.clear();
    this.#seen = undefined;
    await this.#create(zeroId);
    return new Gap('trimmed', this.#provenAt, Date.now());
  }

  /** What this member was given before and has not acknowledged, without what is in hand here. */
  async #recover(after: string): Promise<readonly (GroupMessage | Gap)[]> {
    const { group, consumer } = this.#options;
    const entries = await this.connection.execute(
      xreadgroup(this.stream, group, consumer, after, this.batch),
    );
    this.#recoverAfter = entries.at(-1)?.id;
    return this.#take(entries.filter(({ id }) => !this.#unacknowledged.has(id)));
  }

  /** What others were given, or this member itself, and nobody acknowledged for long. */
  async #claim(): Promise<readonly (GroupMessage | Gap)[]> {
    const { group, consumer, claimAfterMs } = this.#options;
    const { next, entries, deleted } = await this.connection.execute(
      xautoclaim(this.stream, group, consumer, claimAfterMs, this.#claimFrom, this.batch),
    );
    this.#claimFrom = next;
    if (next === zeroId) this.#claimAt = performance.now() + claimAfterMs / 2;
    const found = await this.#take(entries.filter(({ id }) => this.#unacknowledged.get(id) !== 'waiting'));
    if (deleted.length === 0) return found;
    return [new Gap('trimmed', this.#provenAt, Date.now(), deleted.length), ...found];
  }

  async #readNew(): Promise<readonly (GroupMessage | Gap)[]> {
    const { group, consumer } = this.#options;
    const askedAt = Date.now();
    const replies = await atomic(this.connection, this.endpoint, [
      xinfoGroups(this.stream),
      xinfoStream(this.stream),
      xreadgroup(this.stream, group, consumer, '>', this.batch),
    ]);
    const before = groupInfos(replies[0]).find(({ name }) => name === group);
    const info = streamInfo(replies[1]);
    const entries = readEntries(replies[2]);
    const gap = before === undefined ? undefined : this.#missing(before, info);
    if (entries.length < this.batch) this.#provenAt = askedAt;
    const found = await this.#take(entries);
    if (gap !== undefined || found.length > 0) return gap === undefined ? found : [gap, ...found];
    const last = before?.lastDeliveredId ?? zeroId;
    const untilClaimMs = Math.max(1, Math.ceil(this.#claimAt - performance.now()));
    await this.connection.execute(xreadBlock(this.stream, last, Math.min(this.blockMs, untilClaimMs)));
    return [];
  }

  /** Were entries trimmed that the group had not come to? */
  #missing(group: GroupInfo, info: StreamInfo): Gap | undefined {
    const { lastDeliveredId: delivered, entriesRead } = group;
    const added = info.entriesAdded ?? 0;
    const seen = this.#seen;
    this.#seen = { delivered, added };
    const gap = (): Gap => new Gap('trimmed', this.#provenAt, Date.now());
    const isAnother =
      seen !== undefined && (compareStreamIds(delivered, seen.delivered) < 0 || added < seen.added);
    if (isAnother) return gap();
    const next = info.firstId ?? info.lastGeneratedId;
    if (compareStreamIds(next, delivered) <= 0 || next === this.#toldUpTo) return undefined;
    const read = entriesRead ?? this.#base;
    const isNext = info.entriesAdded !== undefined && read !== undefined && added - info.length <= read;
    if (isNext) return undefined;
    this.#toldUpTo = next;
    return gap();
  }

  async #take(entries: readonly StreamEntry[]): Promise<readonly (GroupMessage | Gap)[]> {
    const { group } = this.#options;
    const deleted = entries.filter(({ fields }) => fields === null).map(({ id }) => id);
    if (deleted.length > 0) await this.connection.execute(xack(this.stream, group, deleted));
    const messages = entries.flatMap(({ id, fields }) =>
      fields === null ? [] : [this.#message(id, fields)],
    );
    for (const { id } of messages) this.#unacknowledged.set(id, 'waiting');
    if (deleted.length === 0) return messages;
    return [new Gap('trimmed', this.#provenAt, Date.now(), deleted.length), ...messages];
  }

  #message(id: string, fields: Readonly<Record<string, string>>): GroupMessage {
    const ack = (): Promise<boolean> => this.#ack(id);
    return { type: 'message', channel: this.stream, id, data: fields['data'] ?? '', fields, ack };
  }

  async #ack(id: string): Promise<boolean> {
    const { commands, group } = this.#options;
    const count = await commands.execute(xack(this.stream, group, [id]));
    this.#unacknowledged.delete(id);
    this.#onAck?.();
    return count === 1;
  }

  /** What was given so long ago that any member may claim it does not count any more. */
  #isFull(): boolean {
    const { claimAfterMs, maxUnacknowledged } = this.#options;
    if (this.#unacknowledged.size < maxUnacknowledged) return false;
    const longAgo = performance.now() - claimAfterMs;
    for (const [id, givenAt] of this.#unacknowledged) {
      if (givenAt !== 'waiting' && givenAt < longAgo) this.#unacknowledged.delete(id);
    }
    return this.#unacknowledged.size >= maxUnacknowledged;
  }

  /** Resolves with the next acknowledgement, at the latest after a while. */
  #acknowledgement(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#onAck?.(), Math.min(limitMs, longestWaitMs)).unref();
      this.#onAck = () => {
        clearTimeout(timer);
        this.#onAck = undefined;
        resolve();
      };
    });
  }
}
