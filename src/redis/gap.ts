import type { PubSubGap } from '../protocols/redis.js';

/** A {@link PubSubGap} that may still grow, until somebody is told of it. Moments in milliseconds since the epoch. */
export class Gap {
  reason: PubSubGap['reason'];
  since: number;
  until: number;
  dropped: number;

  constructor(reason: PubSubGap['reason'], since: number, until: number, dropped = 0) {
    this.reason = reason;
    this.since = since;
    this.until = until;
    this.dropped = dropped;
  }

  /** Takes in a neighbour. Of two reasons the one that leaves more unknown stays. */
  merge(other: Gap): void {
    if (this.reason === 'overflow') this.reason = other.reason;
    this.since = Math.min(this.since, other.since);
    this.until = Math.max(this.until, other.until);
    this.dropped += other.dropped;
  }

  toEvent(channel: string): PubSubGap {
    const { reason, since, until, dropped } = this;
    return { type: 'gap', channel, reason, since: new Date(since), until: new Date(until), dropped };
  }
}
