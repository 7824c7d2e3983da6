import {
  AtomicRedisClientProtocol,
  CorrelationId,
  createEnvelope,
  type EventEnvelope,
  Inject,
  KafkaPublisherProtocol,
  type Logger,
  LoggerFactory,
  protocol,
  PublishError,
  ServiceSettings,
} from '../../src/index.js';
import { ContentCreated } from './content-created.js';
import { type Attempt, EssayClaims } from './essay-claims.js';
import type { CreatedEssay, NewEssay } from './essay.js';
import { within } from './within.js';

/** A publish is given up after this, which leaves time to write down what is known of it. Milliseconds. */
const publishTimeoutMs = 3500;
/** The longest {@link ContentServiceProtocol.createContent} takes. Milliseconds. */
const totalTimeoutMs = 4500;

/** What a request for the desk's essays needs. */
export interface ContentServiceProtocol {
  /**
   * Takes the title for the user, publishes CONTENT_CREATED, and tells the user.
   * @throws DeskError if the title is taken or the servers do not answer in time.
   * @throws RedisError, PublishError: the same essay may be sent again.
   */
  createContent(essay: NewEssay): Promise<CreatedEssay>;
}
export const ContentServiceProtocol = protocol<ContentServiceProtocol>()('ContentServiceProtocol', [
  'createContent',
]);

export class ContentServiceImpl implements ContentServiceProtocol {
  readonly #claims: EssayClaims;
  readonly #logger: Logger;

  constructor(
    @Inject(AtomicRedisClientProtocol) private readonly redis: AtomicRedisClientProtocol,
    @Inject(KafkaPublisherProtocol) private readonly kafka: KafkaPublisherProtocol,
    @Inject(CorrelationId) private readonly correlationId: CorrelationId,
    @Inject(ServiceSettings) private readonly settings: ServiceSettings,
    @Inject(LoggerFactory) createLogger: LoggerFactory,
  ) {
    this.#claims = new EssayClaims(redis);
    this.#logger = createLogger('content-service');
  }

  async createContent(essay: NewEssay): Promise<CreatedEssay> {
    const total = AbortSignal.timeout(totalTimeoutMs);
    const publishing = AbortSignal.timeout(publishTimeoutMs);
    const attempt = await within(total, this.#claims.begin(essay, this.correlationId));
    const { essayId, eventId } = attempt.claim;
    try {
      await this.kafka.publishEvent(this.#envelope(essay, attempt), { signal: publishing });
    } catch (error) {
      await this.#try('note the failed publish', within(total, this.#noteFailure(attempt, error)));
      throw error;
    }
    // The essay is in the topic: whatever fails from here on is no reason to refuse it.
    await Promise.all([
      this.#try('mark the claim', within(total, this.#claims.created(attempt))),
      this.#try('notify the user', within(total, this.#notify(essay, attempt))),
    ]);
    this.#logger.info('Essay created', { essayId, eventId, isRetry: attempt.isRetry });
    return { essayId, eventId };
  }

  /** The same for every attempt of one claim. */
  #envelope({ userId, title, text }: NewEssay, { claim }: Attempt): EventEnvelope {
    return createEnvelope(
      ContentCreated,
      { essay_id: claim.essayId, user_id: userId, title, text },
      {
        sourceService: this.settings.serviceName,
        correlationId: claim.correlationId,
        eventId: claim.eventId,
        eventTimestamp: new Date(claim.createdAt),
      },
    );
  }

  async #notify({ userId, title }: NewEssay, { claim }: Attempt): Promise<void> {
    const data = { essay_id: claim.essayId, event_id: claim.eventId, title };
    await this.redis.publishUserNotification(userId, 'essay_created', data);
  }

  #noteFailure(attempt: Attempt, error: unknown): Promise<void> {
    const isNotWritten = error instanceof PublishError && error.outcome === 'not-written';
    return isNotWritten ? this.#claims.notWritten(attempt) : this.#claims.unknown(attempt);
  }

  /** Where it fails, the claim's lease makes good: a retry finds the claim unfinished and publishes the same event. */
  async #try(what: string, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#logger.warn(`Could not ${what}`, { error });
    }
  }
}
