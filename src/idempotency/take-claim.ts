import { RedisError } from '../errors/redis-error.js';
import { inProgress } from './errors.js';
import type { EventIdentity } from './event-identity.js';
import { type Marker, type ProcessingMarker, processingMarker, readMarker } from './marker.js';
import type { ResolvedOptions } from './options.js';
import { removeMarker } from './scripts.js';

/** Why an event is not handled: it is done, or a marker says so that only the original's first version can have set. */
export type SkipReason = 'completed' | 'legacy' | 'unknown-marker';

export type ClaimOutcome =
  | { readonly kind: 'claimed'; readonly claimedAt: number; readonly isTakenOver: boolean }
  | { readonly kind: 'done'; readonly reason: SkipReason };

export interface ClaimAttempt {
  readonly identity: EventIdentity;
  readonly owner: string;
  readonly options: ResolvedOptions;
  /** Is this the owner of a claim of this receiver's own that nobody works on any more? */
  readonly isAbandoned: (owner: string) => boolean;
  readonly onTakeOver: (marker: ProcessingMarker) => void;
  readonly onRaceLost: () => void;
}

/** Markers that come and go between a read and a claim: so often they are read anew. */
const maxRounds = 4;

/**
 * Claims an event as the original does, GET and then SET NX EX. Only what was read is ever taken over, and a lost reply is
 * looked up: a claim with our owner is ours.
 * @throws SlipwayError SLIPWAY_IDEMPOTENCY_IN_PROGRESS, or what Redis fails with.
 */
export async function takeClaim(attempt: ClaimAttempt): Promise<ClaimOutcome> {
  const { identity, owner, options } = attempt;
  const { redis, processingTtlSeconds, serviceName } = options;
  let isTakenOver = false;
  let lastProcessing: ProcessingMarker | undefined;
  let sentAt = performance.now();
  for (let round = 1; round <= maxRounds; round += 1) {
    const value = await redis.get(identity.key);
    const marker = value === null ? undefined : readMarker(value);
    if (marker?.kind === 'completed' || marker?.kind === 'legacy')
      return { kind: 'done', reason: marker.kind };
    if (marker?.kind === 'processing') {
      // Of the round before, whose reply was lost.
      if (marker.owner === owner) return { kind: 'claimed', claimedAt: sentAt, isTakenOver };
      lastProcessing = marker;
      if (!isStale(marker, attempt)) break;
      attempt.onTakeOver(marker);
      if (await redis.runScript(removeMarker, [identity.key], [value ?? ''])) isTakenOver = true;
      else continue;
    }
    sentAt = performance.now();
    const mark = processingMarker(identity, { serviceName, owner }, options.now());
    const isFirst = await claimed(() => redis.setIfNotExists(identity.key, mark, processingTtlSeconds));
    if (isFirst === true) return { kind: 'claimed', claimedAt: sentAt, isTakenOver };
    if (isFirst === false) {
      attempt.onRaceLost();
      if (marker?.kind === 'unknown') return { kind: 'done', reason: 'unknown-marker' };
    }
  }
  throw inProgress(identity, lastProcessing, retryAfterMs(lastProcessing, options));
}

/** undefined if the reply was lost. */
async function claimed(claim: () => Promise<boolean>): Promise<boolean | undefined> {
  try {
    return await claim();
  } catch (error) {
    if (RedisError.is(error) && error.maybeApplied) return undefined;
    throw error;
  }
}

/**
 * A claim of the original is judged by its age, as there. Ours are renewed, and have a time to live that Redis counts: no
 * clock of another machine is asked about them.
 */
function isStale(
  { owner, startedAt }: Extract<Marker, { kind: 'processing' }>,
  attempt: ClaimAttempt,
): boolean {
  if (owner !== undefined) return attempt.isAbandoned(owner);
  const { options } = attempt;
  return startedAt === undefined || options.now() - startedAt > options.processingTtlSeconds;
}

function retryAfterMs(marker: ProcessingMarker | undefined, options: ResolvedOptions): number {
  const { processingTtlSeconds, now } = options;
  const ageSeconds = marker?.startedAt === undefined ? 0 : now() - marker.startedAt;
  const leftSeconds = Math.min(processingTtlSeconds, Math.max(0, processingTtlSeconds - ageSeconds));
  return Math.ceil(leftSeconds * 1000);
}
