import {
  createEnvelope,
  Inject,
  KafkaPublisherProtocol,
  protocol,
  RedisClientProtocol,
} from '../../../src/index.js';

export interface Clock {
  now(): number;
}
export const Clock = protocol<Clock>()('Clock', ['now']);

/** A service of three dependencies, as a user would write it. */
export class Reviews {
  constructor(
    @Inject(RedisClientProtocol) private readonly redis: RedisClientProtocol,
    @Inject(KafkaPublisherProtocol) private readonly kafka: KafkaPublisherProtocol,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @returns whether it is the first of this essay. */
  async add(essay: string, stars: number): Promise<boolean> {
    if (!(await this.redis.setIfNotExists(`review:${essay}`, String(stars), 60))) return false;
    const data = { essay, stars, at: this.clock.now() };
    await this.kafka.publish('reviews', createEnvelope('REVIEWED', data, { sourceService: 'reviews' }));
    return true;
  }
}
