import { DriverError } from '../../driver-error.js';
import { classify } from './classify.js';
import type { HangUp, SocketTracker } from './socket-tracker.js';

const meanings: Readonly<Record<HangUp, string | undefined>> = {
  'after-alert': 'the broker speaks TLS at this port',
  'after-answer': 'the broker answered and hung up, as one that wants a login does',
  silent: undefined,
};

/**
 * Why kafkajs could not connect. For a broker that hangs up it only says so; what the broker sent before tells more: a
 * listener that speaks TLS answers plain text with an alert of TLS, and one that wants a login takes the question which
 * requests it knows, and no other.
 */
export function connectFailure(reason: unknown, sockets: SocketTracker): DriverError {
  const error = classify(reason);
  const { cause } = error;
  if (!(cause instanceof Error) || cause.name !== 'KafkaJSConnectionClosedError') return error;
  const told = meanings[sockets.lastHangUp ?? 'silent'];
  return told === undefined ? error : new DriverError('protocol', told, { cause });
}
