import { describeError } from '../errors/describe.js';
import type { MetricSample } from '../observability/metric-source.js';
import type { Logger } from '../protocols/logger.js';
import { type EventIdentity, nameless } from './event-identity.js';
import type { ProcessingMarker } from './marker.js';
import { receiverSamples } from './receiver-samples.js';
import type { SkipReason } from './take-claim.js';

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

/** What becomes of a receiver's messages: each outcome is counted and told to the log, with the original's names of actions. */
export class ReceiverTelemetry {
  readonly #logger: Logger;
  readonly #counts: Counts = { ...noCounts };

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  stats(): IdempotencyStats {
    return { ...this.#counts };
  }

  samples(serviceName: string): readonly MetricSample[] {
    return receiverSamples(this.#counts, serviceName);
  }

  /** A handler runs without a claim, because the message has no id. */
  unidentified(error: unknown): void {
    this.#counts.unidentified += 1;
    this.#log('error', nameless, 'processing_without_idempotency', { error: describeError(error) });
  }

  /** A handler runs without a claim, because Redis failed. */
  failedOpen(identity: EventIdentity, error: unknown): void {
    this.#counts.failOpen += 1;
    this.#log('error', identity, 'processing_without_idempotency', { error: describeError(error) });
  }

  takenOver(identity: EventIdentity, { startedAt, processedBy }: ProcessingMarker): void {
    this.#counts.takenOver += 1;
    this.#log('warn', identity, 'retry_stale', { startedAt, processedBy });
  }

  raceLost(identity: EventIdentity): void {
    this.#counts.racesLost += 1;
    this.#log('info', identity, 'skipped_race_condition');
  }

  /** The message is refused, for another receiver works on the event. */
  inProgress(identity: EventIdentity, processedBy: unknown): void {
    this.#counts.inProgress += 1;
    this.#log('info', identity, 'skipped_processing', { processedBy });
  }

  skipped(identity: EventIdentity, reason: SkipReason): void {
    if (reason === 'completed') this.#counts.duplicates += 1;
    else this.#counts.legacy += 1;
    // Told as a lost race already.
    if (reason === 'unknown-marker') return;
    this.#log('info', identity, reason === 'completed' ? 'skipped_duplicate' : 'skipped_legacy');
  }

  /** The handler of the event is known to have been run before. */
  repeated(): void {
    this.#counts.repeats += 1;
  }

  renewed(): void {
    this.#counts.renewals += 1;
  }

  renewalFailed(identity: EventIdentity, error: unknown): void {
    this.#log('warn', identity, 'renewal_failed', { error: describeError(error) });
  }

  claimLost(identity: EventIdentity, why: string): void {
    this.#counts.lostClaims += 1;
    this.#log('error', identity, 'claim_lost', { why });
  }

  /** The claim turned out to be another's when the event was to be marked as done. */
  overtaken(identity: EventIdentity, isKnown: boolean, error: unknown): void {
    this.#counts.repeats += 1;
    if (!isKnown) this.#counts.lostClaims += 1;
    this.confirmationFailed(identity, error);
  }

  /** The effect of the handler was committed together with the mark. */
  committed(identity: EventIdentity): void {
    this.#counts.committed += 1;
    if (identity !== nameless) this.confirmed(identity);
  }

  confirmed(identity: EventIdentity): void {
    this.#log('debug', identity, 'confirmed_completion');
  }

  /** The handler succeeded, and the event could not be marked as done. */
  confirmationFailed(identity: EventIdentity, error: unknown): void {
    this.#log('error', identity, 'confirmation_error', { error: describeError(error) });
  }

  /** A handler succeeded. @param durationMs of one that had a claim. */
  processed(identity: EventIdentity, isConfirmed: boolean, durationMs?: number): void {
    this.#counts.processed += 1;
    if (!isConfirmed) this.#counts.unconfirmed += 1;
    if (durationMs !== undefined) this.#log('debug', identity, 'processing_complete', { durationMs });
  }

  failed(): void {
    this.#counts.failed += 1;
  }

  failedAfterCommit(identity: EventIdentity, failure: unknown): void {
    this.#log('error', identity, 'failed_after_commit', { error: describeError(failure) });
  }

  releasing(identity: EventIdentity, failure: unknown): void {
    this.#log('warn', identity, 'failed_releasing_lock', { error: describeError(failure) });
  }

  released(identity: EventIdentity): void {
    this.#counts.released += 1;
    this.#log('debug', identity, 'cleanup_completed');
  }

  releaseFailed(identity: EventIdentity, error: unknown): void {
    this.#log('error', identity, 'cleanup_failed', { error: describeError(error) });
  }

  #log(
    level: 'debug' | 'info' | 'warn' | 'error',
    { key, eventType, eventId, correlationId }: EventIdentity,
    action: string,
    more: Readonly<Record<string, unknown>> = {},
  ): void {
    const event = key === '' ? {} : { key, eventType, eventId, correlationId };
    this.#logger[level](`idempotency: ${action.replaceAll('_', ' ')}`, { action, ...event, ...more });
  }
}
