import type { PubSubConfirmation, PubSubGap } from './pubsub.js';

/** An entry of a stream. */
export interface DurableMessage {
  readonly type: 'message';
  /** The stream. */
  readonly channel: string;
  /** `<milliseconds>-<number>`, growing: what a reader goes on from. */
  readonly id: string;
  /** The published text; '' for an entry that others wrote without a field `data`. */
  readonly data: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A message that its group keeps until it is acknowledged. */
export interface GroupMessage extends DurableMessage {
  /**
   * Tells the group that it is done with. May be repeated.
   * @returns whether it was still waiting for that.
   */
  ack(): Promise<boolean>;
}

/**
 * A subscription to a stream, with a connection of its own. A loop over it gives messages only; `listen()` gives the
 * confirmation first and each gap in its place. It reads no further ahead than one batch, so a slow consumer loses
 * nothing as long as the stream keeps it.
 */
export interface DurableSubscription<M extends DurableMessage = DurableMessage>
  extends AsyncIterable<M>, AsyncDisposable {
  readonly stream: string;
  /**
   * The id of the last message that a loop was given, or where reading began: keep it to go on there. Of a group it tells
   * less, since the group knows itself what is done.
   */
  readonly lastId: string;
  /** Gaps so far, whether or not a loop has come to them yet. */
  readonly gaps: number;
  listen(): AsyncIterableIterator<M | PubSubConfirmation | PubSubGap>;
  /** Idempotent. Ends its loops at once and closes its connection. */
  close(): Promise<void>;
}

interface StreamOptions {
  /** Entries of one read, and so how many wait in the process. 1 to 10000, default 100. */
  readonly batch?: number;
  /** As for {@link SubscribeOptions.onGap}. */
  readonly onGap?: (gap: PubSubGap) => void;
  /** As for {@link SubscribeOptions.signal}. */
  readonly signal?: AbortSignal;
}

export interface DurableOptions extends StreamOptions {
  /** After which entry reading begins: `$` after the last one there is (default), `0` at the first, or an id. */
  readonly from?: string;
}

export interface GroupOptions extends StreamOptions {
  readonly group: string;
  /**
   * This member's name. What was given to it and not acknowledged is given again to who joins under the same name, so
   * use a name that outlives a restart and that no two members have at the same time.
   */
  readonly consumer: string;
  /** Where a group that is new begins: `$` after the last entry, `0` at the first (default), or an id. */
  readonly from?: string;
  /**
   * A message that nobody acknowledged for this long is given again, to whichever member asks first: its consumer may be
   * gone for good. Longer than the longest work on one message. Milliseconds, at least 1, default 60000.
   */
  readonly claimAfterMs?: number;
  /** While so many messages are given out and not acknowledged no more are read. At least 1, default 1000. */
  readonly maxUnacknowledged?: number;
}
