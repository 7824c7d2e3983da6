import type { RedisTransaction } from '../protocols/redis/transactions.js';

export interface CommitOptions {
  /** What `work` reads beside the claim: where others change one of these keys meanwhile, `work` is run again. */
  readonly watch?: readonly string[];
}

/** What a handler gets of the event's claim. */
export interface EventClaim {
  /** The Redis key; empty for a message that cannot be told from others. */
  readonly key: string;
  /** False if the handler runs without protection: see `onFailure`. */
  readonly isProtected: boolean;
  /** Aborted with the message's own signal, and with SLIPWAY_IDEMPOTENCY_CLAIM_LOST when the claim is lost. */
  readonly signal: AbortSignal;
  /**
   * Applies what `work` queues with `tx.multi()` and marks the event as done, in one Redis transaction: both or neither,
   * whatever fails and however often the message is delivered. `work` may run several times; what it throws comes out,
   * and nothing was applied then. Call it once, as the last step: the event is done with it, even if the handler fails
   * afterwards.
   * @throws SlipwayError SLIPWAY_IDEMPOTENCY_CLAIM_LOST if the claim is lost: nothing was applied. _COMMIT if it was called
   * before, or after the handler's end. RedisError as of `transaction()`; with `maybeApplied: true` only the next
   * delivery shows whether it was applied, and does the right thing in both cases.
   */
  commit(work: (tx: RedisTransaction) => unknown, options?: CommitOptions): Promise<void>;
}
