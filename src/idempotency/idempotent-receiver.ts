import { describeError } from '../errors/describe.js';
import { SlipwayError } from '../errors/slipway-error.js';
import { randomUUID } from 'node:crypto';
import type { MetricSample, MetricSource } from '../observability/metric-source.js';
import { claimLost, unavailable } from './errors.js';
import type { EventClaim } from './event-claim.js';
import { type EventIdentity, identify } from './event-identity.js';
import { HeldClaim } from './held-claim.js';
import { type IdempotencyOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { receiverSamples } from './receiver-samples.js';
import type { ReceivedMessage } from './received-message.js';
import { type ClaimOutcome, type SkipReason, takeClaim } from './take-claim.js';

/** What became of a message. `isConfirmed`: is the event marked as done, so that its next delivery is skipped? */
export type Receipt<T> =
  | { readonly handled: true; readonly value: T; readonly isConfirmed: boolean }
  | { readonly handled: false; readonly reason: SkipReason };

/** Counts since the receiver was made. */
export interface IdempotencyStats {
  /** Handlers that succeeded, and of those with an effect committed together with the mark. */
  readonly processed: number;
  readonly committed: number;
  /** Handlers that failed, and of those the claims that are free again. */
  readonly failed: number;
  readonly released: number;
  /** Messages skipped because the event is done; because of a marker that is none of the original's second version. */
  readonly duplicates: number;
  readonly legacy: number;
  /** Messages refused because the event is being handled. */
  readonly inProgress: number;
  /** Claims that another receiver was faster with, whatever came of it. */
  readonly racesLost: number;
  /** Handlers run without a claim: because Redis failed; because the message has no id. */
  readonly failOpen: number;
  readonly unidentified: number;
  /** Claims taken over: the original's that are too old, and own ones that could not be released. */
  readonly takenOver: number;
  readonly renewals: number;
  readonly lostClaims: number;
  /** Handlers that succeeded without the event being marked as done: its next delivery is handled again. */
  readonly unconfirmed: number;
  /** Handlers known to have been run for an event before: what is not committed with the mark may have happened twice. */
  readonly repeats: number;
}

type Counts = { -readonly [Name in keyof IdempotencyStats]: number };

const noCounts: IdempotencyStats = {
  processed: 0,
  committed: 0,
  failed: 0,
  released: 0,
  duplicates: 0,
  legacy: 0,
  inProgress: 0,
  racesLost: 0,
  failOpen: 0,
  unidentified: 0,
  takenOver: 0,
  renewals: 0,
  lostClaims: 0,
  unconfirmed: 0,
  repeats: 0,
};

/** An event without an id has no key, and nobody else can have it. */
const nameless: EventIdentity = {
  key: '',
  eventType: '',
  eventId: null,
  correlationId: null,
  sourceService: null,
};

/**
 * Has each event handled once, by remembering it in Redis: in the original's keys and JSON, so that services in Python and
 * in TypeScript heed each other's. Any number of receivers may share one service name. It holds nothing open.
 */
export class IdempotentReceiver implements MetricSource {
  readonly #options: ResolvedOptions;
  /** Begins the owner of each claim. */
  readonly #id = randomUUID();
  readonly #active = new Set<string>();
  readonly #counts: Counts = { ...noCounts };
  #lastClaim = 0;

  /** @throws SlipwayError SLIPWAY_IDEMPOTENCY_OPTIONS */
  constructor(options: IdempotencyOptions) {
    this.#options = resolveOptions(options);
  }

  stats(): IdempotencyStats {
    return { ...this.#counts };
  }

  /** For metrics. */
  get operations(): object {
    return this;
  }

  samples(): readonly MetricSample[] {
    return receiverSamples(this.stats(), this.#options.serviceName);
  }

  /**
   * Runs `work` once if the message's event is not done and nobody works on it, marks the event as done when `work`
   * returns, and frees it when `work` fails. A receipt means that the message may be committed.
   * @throws SlipwayError SLIPWAY_IDEMPOTENCY_IN_PROGRESS, retryable: another receiver works on it, `context.retryAfterMs`
   * is the longest it can take to be free if that one is dead. With `onFailure: 'closed'` also _UNAVAILABLE and _NO_ID.
   * Else whatever `work` throws.
   */
  async receive<T>(
    message: ReceivedMessage,
    work: (claim: EventClaim) => T | Promise<T>,
  ): Promise<Receipt<T>> {
    const owner = this.#nextOwner();
    this.#active.add(owner);
    try {
      const identity = this.#identify(message);
      const outcome = await this.#take(identity, owner);
      if (outcome?.kind === 'done') return { handled: false, reason: outcome.reason };
      if ((message.attempt ?? 1) > 1 || outcome?.isTakenOver === true) this.#counts.repeats += 1;
      return await this.#run(this.#claim(identity, owner, message, outcome?.claimedAt), identity, work);
    } finally {
      this.#active.delete(owner);
    }
  }

  #nextOwner(): string {
    this.#lastClaim += 1;
    return `${this.#id}/${this.#lastClaim}`;
  }

  #identify(message: ReceivedMessage): EventIdentity {
    try {
      return identify(message, this.#options);
    } catch (error) {
      if (!SlipwayError.is(error, 'SLIPWAY_IDEMPOTENCY_NO_ID') || this.#options.onFailure === 'closed')
        throw error;
      this.#counts.unidentified += 1;
      this.#log('error', nameless, 'processing_without_idempotency', { error: describeError(error) });
      return nameless;
    }
  }

  /** @returns undefined if the handler is to run without a claim. */
  async #take(identity: EventIdentity, owner: string): Promise<ClaimOutcome | undefined> {
    if (identity === nameless) return undefined;
    let outcome: ClaimOutcome;
    try {
      outcome = await takeClaim({
        identity,
        owner,
        options: this.#options,
        isAbandoned: (other) => other.startsWith(`${this.#id}/`) && !this.#active.has(other),
        onTakeOver: ({ startedAt, processedBy }) => {
          this.#counts.takenOver += 1;
          this.#log('warn', identity, 'retry_stale', { startedAt, processedBy });
        },
        onRaceLost: () => {
          this.#counts.racesLost += 1;
          this.#log('info', identity, 'skipped_race_condition');
        },
      });
    } catch (error) {
      if (SlipwayError.is(error, 'SLIPWAY_IDEMPOTENCY_IN_PROGRESS')) {
        this.#counts.inProgress += 1;
        this.#log('info', identity, 'skipped_processing', { processedBy: error.context['processedBy'] });
        throw error;
      }
      if (this.#options.onFailure === 'closed') throw unavailable(identity, error);
      this.#counts.failOpen += 1;
      this.#log('error', identity, 'processing_without_idempotency', { error: describeError(error) });
      return undefined;
    }
    if (outcome.kind === 'done') {
      if (outcome.reason === 'completed') this.#counts.duplicates += 1;
      else this.#counts.legacy += 1;
      if (outcome.reason !== 'unknown-marker') {
        const action = outcome.reason === 'completed' ? 'skipped_duplicate' : 'skipped_legacy';
        this.#log('info', identity, action);
      }
    }
    return outcome;
  }

  #claim(
    identity: EventIdentity,
    owner: string,
    { signal }: ReceivedMessage,
    claimedAt: number | undefined,
  ): HeldClaim {
    const events = {
      onRenewed: () => {
        this.#counts.renewals += 1;
      },
      onRenewalFailed: (error: unknown) =>
        this.#log('warn', identity, 'renewal_failed', { error: describeError(error) }),
      onLost: (why: string) => {
        this.#counts.lostClaims += 1;
        this.#log('error', identity, 'claim_lost', { why });
      },
      onCommitted: () => {
        this.#counts.committed += 1;
        if (identity !== nameless) this.#log('debug', identity, 'confirmed_completion');
      },
    };
    return new HeldClaim({ identity, owner, options: this.#options, events, signal }, claimedAt);
  }

  async #run<T>(
    claim: HeldClaim,
    identity: EventIdentity,
    work: (claim: EventClaim) => T | Promise<T>,
  ): Promise<Receipt<T>> {
    const begin = performance.now();
    let value: T;
    try {
      value = await work(claim);
      await claim.finish();
    } catch (error) {
      this.#counts.failed += 1;
      await claim.abandon();
      await this.#release(claim, identity, error);
      throw error;
    }
    const isConfirmed = claim.isCommitted ? identity !== nameless : await this.#confirm(claim, identity);
    this.#counts.processed += 1;
    if (!isConfirmed) this.#counts.unconfirmed += 1;
    if (claim.isProtected) {
      const durationMs = Math.round(performance.now() - begin);
      this.#log('debug', identity, 'processing_complete', { durationMs });
    }
    return { handled: true, value, isConfirmed };
  }

  /** The work is done, so a failure is none of the message: only its next delivery is handled again. */
  async #confirm(claim: HeldClaim, identity: EventIdentity): Promise<boolean> {
    if (!claim.isProtected) return false;
    try {
      const isOurs = await claim.confirm();
      if (isOurs) {
        this.#log('debug', identity, 'confirmed_completion');
        return true;
      }
      this.#counts.repeats += 1;
      if (!claim.isLost) this.#counts.lostClaims += 1;
      const error = claimLost(identity, 'another receiver has claimed or done the event meanwhile');
      this.#log('error', identity, 'confirmation_error', { error: error.message });
    } catch (error) {
      this.#log('error', identity, 'confirmation_error', { error: describeError(error) });
    }
    return false;
  }

  async #release(claim: HeldClaim, identity: EventIdentity, failure: unknown): Promise<void> {
    if (!claim.isProtected) return;
    if (claim.isCommitted) {
      this.#log('error', identity, 'failed_after_commit', { error: describeError(failure) });
      return;
    }
    this.#log('warn', identity, 'failed_releasing_lock', { error: describeError(failure) });
    try {
      if (!(await claim.release())) return;
      this.#counts.released += 1;
      this.#log('debug', identity, 'cleanup_completed');
    } catch (error) {
      this.#log('error', identity, 'cleanup_failed', { error: describeError(error) });
    }
  }

  /** With the original's names of actions. */
  #log(
    level: 'debug' | 'info' | 'warn' | 'error',
    { key, eventType, eventId, correlationId }: EventIdentity,
    action: string,
    more: Readonly<Record<string, unknown>> = {},
  ): void {
    const event = key === '' ? {} : { key, eventType, eventId, correlationId };
    this.#options.logger[level](`idempotency: ${action.replaceAll('_', ' ')}`, { action, ...event, ...more });
  }
}
