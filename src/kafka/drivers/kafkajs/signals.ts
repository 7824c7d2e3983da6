const mark = 'slipway: ';

/** Errors that our partitioner throws to end a kafkajs `send` before anything of it is sent. */
export class SendSignal extends Error {
  /** kafkajs looks at it: no further attempt. */
  readonly retriable = false;

  /** Is it the text of a signal? kafkajs logs them as errors, which they are not. */
  static isText(message: unknown): boolean {
    return typeof message === 'string' && message.startsWith(mark);
  }
}

/** Ends the send that was only made to learn the topic's partitions. */
export class PartitionsSeen extends SendSignal {
  override readonly name = 'PartitionsSeen';

  constructor() {
    super(`${mark}the partitions are known`);
  }
}

/** Ends a send whose partitions are no longer led by one broker: it has to be split anew. */
export class LeadersMoved extends SendSignal {
  override readonly name = 'LeadersMoved';

  constructor() {
    super(`${mark}a partition has another leader`);
  }
}
