/** Counts since the client was made. */
export interface PubSubCounts {
  /** Messages that came for a subscription, each counted for every one that it came for. */
  received: number;
  /** Messages lost because they were not read in time. */
  dropped: number;
  /** Places in subscriptions where messages may be missing. */
  gaps: number;
}

/** What subscriptions there are, and what came for them. */
export interface PubSubStats extends Readonly<PubSubCounts> {
  /** Open subscriptions to channels, patterns and shard channels. */
  readonly channels: number;
  /** Open subscriptions to streams. */
  readonly streams: number;
}
