import { PublishBatchError } from '../errors/publish-batch-error.js';
import type { PublishError } from '../errors/publish-error.js';
import type { PublishItem, PublishResult } from '../protocols/kafka.js';

/**
 * Publishes each of `items` by `publish`, all of them before the first is waited for.
 * @throws PublishBatchError with the result of every one, once the last is settled, if one failed.
 */
export async function publishBatch(
  items: readonly PublishItem[],
  publish: (item: PublishItem) => Promise<PublishResult>,
): Promise<readonly PublishResult[]> {
  let isWhole = true;
  const results = await Promise.all(
    items.map((item) =>
      publish(item).catch((error: unknown) => {
        isWhole = false;
        return error as PublishError;
      }),
    ),
  );
  if (isWhole) return results as PublishResult[];
  throw new PublishBatchError(results);
}
