import { createEnvelope, Inject, KafkaPublisherProtocol } from '../../src/index.js';
import { Provider, RedisClientProtocol, Scope } from '../../src/index.js';

export class Essays {
  constructor(
    @Inject(KafkaPublisherProtocol) private readonly kafka: KafkaPublisherProtocol,
    @Inject(RedisClientProtocol) private readonly redis: RedisClientProtocol,
  ) {}

  async handIn(userId: string, title: string): Promise<void> {
    const event = createEnvelope('HANDED_IN', { user_id: userId, title }, { sourceService: 'essays' });
    await this.kafka.publish('essays', event, { key: userId });
    await this.redis.publishUserNotification(userId, 'handed_in', { title });
  }
}

export const essays = new Provider('essays').provideClass(Essays, { scope: Scope.REQUEST });
