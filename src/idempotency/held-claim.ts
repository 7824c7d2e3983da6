import { RedisError } from '../errors/redis-error.js';
import type { RedisTransaction } from '../protocols/redis/transactions.js';
import { ClaimRenewal } from './claim-renewal.js';
import { claimLost, commitMisuse } from './errors.js';
import type { CommitOptions, EventClaim } from './event-claim.js';
import type { EventIdentity } from './event-identity.js';
import { completedMarker, ownerSuffix, processingMarker, processingPrefix, readMarker } from './marker.js';
import { type ResolvedOptions, ttlOf } from './options.js';
import { retrying } from './retry.js';
import { confirmClaim, releaseClaim, renewClaim } from './scripts.js';

interface ClaimEvents {
  readonly onRenewed: () => void;
  readonly onRenewalFailed: (error: unknown) => void;
  readonly onLost: (why: string) => void;
  readonly onCommitted: () => void;
}

interface ClaimOfEvent {
  readonly identity: EventIdentity;
  readonly owner: string;
  readonly options: ResolvedOptions;
  readonly events: ClaimEvents;
  /** Of the message. */
  readonly signal: AbortSignal | undefined;
}

/** `performance.now()` from before a claim was sent, if Redis has taken it. */
type ClaimedAt = number | undefined;

/** How often a commit whose reply was lost is asked about. */
const maxCommitTries = 3;

/**
 * The claim of one receiver on one event, from SET NX to its end. While Redis is away (`claimedAt` undefined) it is none,
 * but commit() still marks the event as done with its effect, and applies nothing if it is done already.
 */
export class HeldClaim implements EventClaim {
  readonly signal: AbortSignal;
  readonly isProtected: boolean;
  readonly #claim: ClaimOfEvent;
  readonly #suffix: string;
  readonly #losing = new AbortController();
  readonly #renewal: ClaimRenewal | undefined;
  #state: 'open' | 'committing' | 'committed' | 'ended' = 'open';
  #committing: Promise<void> | undefined;

  constructor(claim: ClaimOfEvent, claimedAt: ClaimedAt) {
    this.#claim = claim;
    this.#suffix = ownerSuffix(claim.owner);
    const { signal, events } = claim;
    this.signal = signal ? AbortSignal.any([signal, this.#losing.signal]) : this.#losing.signal;
    this.isProtected = claimedAt !== undefined;
    if (claimedAt === undefined) return;
    const { options, identity } = claim;
    const ttlSeconds = options.processingTtlSeconds;
    this.#renewal = new ClaimRenewal(
      {
        ttlMs: ttlSeconds * 1000,
        // The original takes a claim over by its started_at, whatever time it has left: so that moves on too.
        renew: async () => {
          const args = [this.#suffix, this.#processing(), String(ttlSeconds)];
          const isOurs = await options.redis.runScript(renewClaim, [identity.key], args);
          if (isOurs) events.onRenewed();
          return isOurs;
        },
        onLost: (why, cause) => this.#lose(why, cause),
        onFailure: events.onRenewalFailed,
      },
      claimedAt,
    );
    if (signal?.aborted) return;
    this.#renewal.start();
    // Whoever is to handle the event next shall not wait for a handler that does not hear.
    signal?.addEventListener('abort', this.#stopRenewing, { once: true });
  }

  get key(): string {
    return this.#claim.identity.key;
  }

  get isCommitted(): boolean {
    return this.#state === 'committed';
  }

  get isLost(): boolean {
    return this.#losing.signal.aborted;
  }

  commit(work: (tx: RedisTransaction) => unknown, { watch = [] }: CommitOptions = {}): Promise<void> {
    if (this.#state === 'ended') return Promise.reject(commitMisuse(this.key, 'after its handler had ended'));
    if (this.#state !== 'open') return Promise.reject(commitMisuse(this.key, 'a second time'));
    this.#state = 'committing';
    this.#committing = this.#commit(work, watch);
    // Whoever forgets to await it: finish() waits for it and tells.
    this.#committing.catch(() => undefined);
    return this.#committing;
  }

  /** Of a handler that has returned. @throws what a commit() failed with that was not awaited. */
  async finish(): Promise<void> {
    await this.#committing;
    await this.#stop();
  }

  /** Of a handler that has failed. */
  async abandon(): Promise<void> {
    await this.#committing?.catch(() => undefined);
    await this.#stop();
  }

  /** Marks the event as done. @returns false if another receiver has claimed or done it. */
  confirm(): Promise<boolean> {
    const { options, identity } = this.#claim;
    const args = [this.#suffix, this.#completed(), String(ttlOf(identity.eventType, options))];
    return retrying(() => options.redis.runScript(confirmClaim, [this.key], args));
  }

  /** Lets the next one have the event. @returns false if the claim was not held any more. */
  release(): Promise<boolean> {
    return retrying(() => this.#claim.options.redis.runScript(releaseClaim, [this.key], [this.#suffix]));
  }

  readonly #stopRenewing = (): void => {
    void this.#renewal?.stop();
  };

  async #stop(): Promise<void> {
    if (this.#state !== 'committed') this.#state = 'ended';
    this.#claim.signal?.removeEventListener('abort', this.#stopRenewing);
    await this.#renewal?.stop();
  }

  async #commit(work: (tx: RedisTransaction) => unknown, watch: readonly string[]): Promise<void> {
    // A renewal would change the watched key.
    await this.#renewal?.stop();
    try {
      if (this.isLost) throw this.#losing.signal.reason;
      const isOurs = this.key === '' ? await this.#apply(work, watch) : await this.#applyOnce(work, watch);
      if (!isOurs) this.#lose('another receiver has the event, or it is done already');
      if (this.isLost) throw this.#losing.signal.reason;
    } catch (error) {
      this.#state = 'open';
      if (!this.isLost && this.#claim.signal?.aborted !== true) this.#renewal?.start();
      throw error;
    }
    this.#state = 'committed';
    this.#claim.events.onCommitted();
  }

  async #apply(work: (tx: RedisTransaction) => unknown, watch: readonly string[]): Promise<true> {
    await this.#claim.options.redis.transaction(watch, async (tx) => {
      await work(tx);
    });
    return true;
  }

  /** The claim is watched, so the effect and the mark are only applied to the event as it was read. */
  async #applyOnce(work: (tx: RedisTransaction) => unknown, watch: readonly string[]): Promise<boolean> {
    const { options, identity } = this.#claim;
    const completed = this.#completed();
    const ttlSeconds = ttlOf(identity.eventType, options);
    for (let tries = 1; ; tries += 1) {
      try {
        return await options.redis.transaction([this.key, ...watch], async (tx) => {
          const value = await tx.get(this.key);
          // Of a try before this one, whose reply was lost.
          if (value === completed) return true;
          if (!this.#mayCommit(value)) return false;
          await work(tx);
          tx.multi().setex(this.key, ttlSeconds, completed);
          return true;
        });
      } catch (error) {
        if (!RedisError.is(error) || !error.maybeApplied || tries === maxCommitTries) throw error;
      }
    }
  }

  #mayCommit(value: string | null): boolean {
    if (this.isProtected) {
      return value !== null && value.startsWith(processingPrefix) && value.endsWith(this.#suffix);
    }
    // Whoever claims it meanwhile finds it done then, and can commit nothing.
    return value === null || readMarker(value).kind === 'processing';
  }

  #lose(why: string, cause?: unknown): void {
    if (this.isLost) return;
    this.#losing.abort(claimLost(this.#claim.identity, why, cause));
    this.#claim.events.onLost(why);
  }

  #processing(): string {
    const { identity, owner, options } = this.#claim;
    return processingMarker(identity, { serviceName: options.serviceName, owner }, options.now());
  }

  #completed(): string {
    const { identity, owner, options } = this.#claim;
    return completedMarker(identity, { serviceName: options.serviceName, owner }, options.now());
  }
}
