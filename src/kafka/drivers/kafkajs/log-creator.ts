import type { logCreator } from 'kafkajs';
import type { Logger } from '../../../protocols/logger.js';
import { SendSignal } from './signals.js';
import { pingCorrelationId } from './socket-tracker.js';

/** kafkajs warns of few retries for every producer: ours has few because the bus retries. */
const ofRetries = 'Limiting retries for the idempotent producer';

/**
 * kafkajs's own lines, as debug lines of ours: what matters of them the bus says itself, once and with its cause, and
 * kafkajs calls every attempt to reconnect an error. Without this they would go to stdout as JSON.
 */
export function kafkaJsLogCreator(logger: Logger): logCreator {
  return () =>
    ({ namespace, label, log }) => {
      const {
        message,
        logger: _kafkajs,
        timestamp: _now,
        stack: _stack,
        ...rest
      } = log as Record<string, unknown>;
      if (log['correlationId'] === pingCorrelationId) return;
      if (SendSignal.isText(message) || String(message).startsWith(ofRetries)) return;
      logger.debug(`kafkajs: ${String(message)}`, { ...rest, namespace, level: label });
    };
}
