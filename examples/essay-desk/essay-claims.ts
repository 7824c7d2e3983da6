import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { AtomicRedisClientProtocol } from '../../src/index.js';
import { DeskError } from './desk-error.js';
import type { NewEssay } from './essay.js';

/** How long a title stays taken. */
const ttlSeconds = 3600;
/** Longer than a request may take (4.5 s), so that the work on a claim has ended when its lease has. */
const leaseMs = 6000;

const claimSchema = z.object({
  state: z.enum(['publishing', 'unknown', 'created']),
  essayId: z.string(),
  eventId: z.string(),
  /** What makes the event the same when it is published again: its time, its correlation id and its text. */
  createdAt: z.string(),
  correlationId: z.string(),
  textHash: z.string(),
  /** Who works on it: only that one may end it. */
  attempt: z.string(),
  /** While `publishing`: until when nobody else may take over. Milliseconds of the clock. */
  leaseUntil: z.number(),
});

type Claim = z.output<typeof claimSchema>;

/** A claim that this request may publish for. */
export interface Attempt {
  readonly key: string;
  readonly claim: Claim;
  /** Did an earlier attempt end without one knowing whether its event was written? */
  readonly isRetry: boolean;
}

/**
 * Who may publish the event of which essay. One claim for each user and title, in Redis:
 *
 * ```
 * (none) ──claim──> publishing ──acknowledged──────────────> created       201; from then on 409
 *                    │   ▲  │ ──not written, first attempt─> (none)        503; a retry begins anew
 *                    │   │  └───unknown, or a retry failed──> unknown       503; a retry goes on from there
 *                    │   └──────same text───────────────────────┘           the SAME event: same ids, same bytes
 *                    └─ lease over (its process died): same text ─> publishing
 * ```
 *
 * - A claim is `publishing` before its event is: whoever dies between the two, or after the publish, leaves a claim
 *   that a retry finishes once the lease is over, with the event id that is written in it.
 * - Only a first attempt that certainly wrote nothing gives the title back. A retry that wrote nothing does not: what the
 *   attempt before it did is still not known.
 * - All changes but the last are compare-and-set (WATCH): of two retries one goes on and the other gets 409, and one who
 *   comes back after its lease changes nothing that another has taken over. `created` is set without looking: it is
 *   true whoever says it.
 * - Clocks of hosts that differ by more than lease and request time can let two publish at once: the same event twice,
 *   which consumers know by its id.
 */
export class EssayClaims {
  readonly #redis: AtomicRedisClientProtocol;

  constructor(redis: AtomicRedisClientProtocol) {
    this.#redis = redis;
  }

  /**
   * Takes the title for this user, or takes over a claim that nobody works on.
   * @throws DeskError ESSAY_EXISTS, ESSAY_IN_PROGRESS, ESSAY_DIFFERS.
   */
  async begin(essay: NewEssay, correlationId: string): Promise<Attempt> {
    const key = `content_creation:${essay.userId}:${essay.title}`;
    const claim: Claim = {
      ...newLease(),
      essayId: randomUUID(),
      eventId: randomUUID(),
      createdAt: new Date().toISOString(),
      correlationId,
      textHash: hashOf(essay.text),
    };
    if (await this.#redis.setIfNotExists(key, JSON.stringify(claim), ttlSeconds)) {
      return { key, claim, isRetry: false };
    }
    const found = await this.#redis.get(key);
    // Given back between the two calls: somebody else may have it by now.
    if (found === null) throw inProgress(0);
    const known = readClaim(found);
    refuseUnlessUnfinished(known, claim.textHash);
    const resumed: Claim = { ...known, ...newLease() };
    if (!(await this.#replace(key, found, resumed))) throw inProgress(leaseMs);
    return { key, claim: resumed, isRetry: true };
  }

  /** The event is in the topic. */
  async created({ key, claim }: Attempt): Promise<void> {
    const created: Claim = { ...claim, state: 'created' };
    await this.#redis.setex(key, ttlSeconds, JSON.stringify(created));
  }

  /** The event certainly was not written by this attempt. */
  async notWritten(attempt: Attempt): Promise<void> {
    if (attempt.isRetry) await this.unknown(attempt);
    else await this.#replace(attempt.key, JSON.stringify(attempt.claim), undefined);
  }

  /** The event may be in the topic. */
  async unknown({ key, claim }: Attempt): Promise<void> {
    await this.#replace(key, JSON.stringify(claim), { ...claim, state: 'unknown' });
  }

  /** Sets or deletes the claim if it is still what the caller knows. */
  async #replace(key: string, known: string, next: Claim | undefined): Promise<boolean> {
    await using session = await this.#redis.session();
    await session.watch(key);
    if ((await session.get(key)) !== known) return false;
    await session.multi();
    if (next === undefined) await session.deleteKey(key);
    else await session.setex(key, ttlSeconds, JSON.stringify(next));
    return (await session.exec()) !== null;
  }
}

function newLease(): Pick<Claim, 'state' | 'attempt' | 'leaseUntil'> {
  return { state: 'publishing', attempt: randomUUID(), leaseUntil: Date.now() + leaseMs };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What another kind of service wrote under the key says no more than that the title is taken. */
function readClaim(text: string): Claim {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = claimSchema.safeParse(value);
  if (!parsed.success) throw exists({});
  return parsed.data;
}

function refuseUnlessUnfinished(claim: Claim, textHash: string): void {
  const { essayId, eventId } = claim;
  if (claim.state === 'created') throw exists({ essayId, eventId });
  const leaseLeftMs = claim.state === 'publishing' ? claim.leaseUntil - Date.now() : 0;
  if (leaseLeftMs > 0) throw inProgress(leaseLeftMs);
  if (claim.textHash === textHash) return;
  throw new DeskError(
    'ESSAY_DIFFERS',
    'An essay of this title was sent with another text, and it is not known whether it was published. Send that text again, or choose another title.',
  );
}

function exists(details: Readonly<Record<string, string>>): DeskError {
  return new DeskError('ESSAY_EXISTS', 'This user already has an essay of this title.', { details });
}

function inProgress(leftMs: number): DeskError {
  return new DeskError('ESSAY_IN_PROGRESS', 'An essay of this title is being published. Try again.', {
    retryAfterSeconds: Math.max(1, Math.ceil(Math.min(leftMs, leaseMs) / 1000)),
  });
}
