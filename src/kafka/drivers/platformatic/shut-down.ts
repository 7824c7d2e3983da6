import type { Base } from '@platformatic/kafka';
import type { Logger } from '../../../protocols/logger.js';
import { settlesWithin } from '../../settles-within.js';
import { classify } from './classify.js';

const closeTimeoutMs = 1_000;

/** Cuts the connections of a client and closes it, so that it waits for nobody's answer. Never rejects. */
export async function shutDown(
  { connections }: Pick<Base, 'connections'>,
  close: () => Promise<void>,
  logger: Logger,
): Promise<void> {
  for (const [, { socket }] of connections) socket.destroy();
  await settlesWithin(closeTimeoutMs, closed(close, logger));
}

/** Never rejects. */
export async function closed(close: () => Promise<void>, logger: Logger): Promise<void> {
  try {
    await close();
  } catch (reason) {
    logger.debug('@platformatic/kafka did not close', { error: classify(reason).message });
  }
}
