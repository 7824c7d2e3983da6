import { PublishBatchError } from '../errors/publish-batch-error.js';
import type { PublishError } from '../errors/publish-error.js';
import type { KafkaPublisherProtocol, PublishItem, PublishResult } from '../protocols/kafka.js';

/**
 * Publishes each of `items` by `publisher`, all of them before the first is waited for.
 * @throws PublishBatchError with the result of every one, once the last is settled, if one failed.
 */
export async function publishBatch(
  publisher: Pick<KafkaPublisherProtocol, 'publish' | 'publishEvent'>,
  items: readonly PublishItem[],
  options: { readonly signal?: AbortSignal },
): Promise<readonly PublishResult[]> {
  let isWhole = true;
  const results = await Promise.all(
    items.map(async ({ topic, envelope, ...more }) => {
      const all = { ...more, ...options };
      try {
        if (topic === undefined) return await publisher.publishEvent(envelope, all);
        return await publisher.publish(topic, envelope, all);
      } catch (error) {
        isWhole = false;
        return error as PublishError;
      }
    }),
  );
  if (isWhole) return results as PublishResult[];
  throw new PublishBatchError(results);
}
