import { SlipwayError } from '../errors/slipway-error.js';
import { randomUUID } from 'node:crypto';
import type { MetricSample, MetricSource } from '../observability/metric-source.js';
import { claimLost, unavailable } from './errors.js';
import type { EventClaim } from './event-claim.js';
import { type EventIdentity, identify, nameless } from './event-identity.js';
import { HeldClaim } from './held-claim.js';
import { type IdempotencyOptions, type ResolvedOptions, resolveOptions } from './options.js';
import type { ReceivedMessage } from './received-message.js';
import { type IdempotencyStats, ReceiverTelemetry } from './receiver-telemetry.js';
import { type ClaimOutcome, type SkipReason, takeClaim } from './take-claim.js';

/** What became of a message. `isConfirmed`: is the event marked as done, so that its next delivery is skipped? */
export type Receipt<T> =
  | { readonly handled: true; readonly value: T; readonly isConfirmed: boolean }
  | { readonly handled: false; readonly reason: SkipReason };

/**
 * Has each event handled once, by remembering it in Redis: in the original's keys and JSON, so that services in Python and
 * in TypeScript heed each other's. Any number of receivers may share one service name. It holds nothing open.
 */
export class IdempotentReceiver implements MetricSource {
  readonly #options: ResolvedOptions;
  /** Begins the owner of each claim. */
  readonly #id = randomUUID();
  readonly #active = new Set<string>();
  readonly #telemetry: ReceiverTelemetry;
  #lastClaim = 0;

  /** @throws SlipwayError SLIPWAY_IDEMPOTENCY_OPTIONS */
  constructor(options: IdempotencyOptions) {
    this.#options = resolveOptions(options);
    this.#telemetry = new ReceiverTelemetry(this.#options.logger);
  }

  stats(): IdempotencyStats {
    return this.#telemetry.stats();
  }

  /** For metrics. */
  get operations(): object {
    return this;
  }

  samples(): readonly MetricSample[] {
    return this.#telemetry.samples(this.#options.serviceName);
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
      if ((message.attempt ?? 1) > 1 || outcome?.isTakenOver === true) this.#telemetry.repeated();
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
      this.#telemetry.unidentified(error);
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
        onTakeOver: (marker) => this.#telemetry.takenOver(identity, marker),
        onRaceLost: () => this.#telemetry.raceLost(identity),
      });
    } catch (error) {
      if (SlipwayError.is(error, 'SLIPWAY_IDEMPOTENCY_IN_PROGRESS')) {
        this.#telemetry.inProgress(identity, error.context['processedBy']);
        throw error;
      }
      if (this.#options.onFailure === 'closed') throw unavailable(identity, error);
      this.#telemetry.failedOpen(identity, error);
      return undefined;
    }
    if (outcome.kind === 'done') this.#telemetry.skipped(identity, outcome.reason);
    return outcome;
  }

  #claim(
    identity: EventIdentity,
    owner: string,
    { signal }: ReceivedMessage,
    claimedAt: number | undefined,
  ): HeldClaim {
    const telemetry = this.#telemetry;
    const events = {
      onRenewed: () => telemetry.renewed(),
      onRenewalFailed: (error: unknown) => telemetry.renewalFailed(identity, error),
      onLost: (why: string) => telemetry.claimLost(identity, why),
      onCommitted: () => telemetry.committed(identity),
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
      this.#telemetry.failed();
      await claim.abandon();
      await this.#release(claim, identity, error);
      throw error;
    }
    const isConfirmed = claim.isCommitted ? identity !== nameless : await this.#confirm(claim, identity);
    const durationMs = claim.isProtected ? Math.round(performance.now() - begin) : undefined;
    this.#telemetry.processed(identity, isConfirmed, durationMs);
    return { handled: true, value, isConfirmed };
  }

  /** The work is done, so a failure is none of the message: only its next delivery is handled again. */
  async #confirm(claim: HeldClaim, identity: EventIdentity): Promise<boolean> {
    if (!claim.isProtected) return false;
    try {
      if (await claim.confirm()) {
        this.#telemetry.confirmed(identity);
        return true;
      }
      const error = claimLost(identity, 'another receiver has claimed or done the event meanwhile');
      this.#telemetry.overtaken(identity, claim.isLost, error);
    } catch (error) {
      this.#telemetry.confirmationFailed(identity, error);
    }
    return false;
  }

  async #release(claim: HeldClaim, identity: EventIdentity, failure: unknown): Promise<void> {
    if (!claim.isProtected) return;
    if (claim.isCommitted) return this.#telemetry.failedAfterCommit(identity, failure);
    this.#telemetry.releasing(identity, failure);
    try {
      if (await claim.release()) this.#telemetry.released(identity);
    } catch (error) {
      this.#telemetry.releaseFailed(identity, error);
    }
  }
}
