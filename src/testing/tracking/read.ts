import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventEnvelope } from '../../events/envelope.js';
import { parseEnvelope } from '../../events/parse-envelope.js';
import { currentLogContext } from '../../logging/log-context.js';
import type { Place } from './entries.js';

interface Notification {
  readonly userId: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const userChannel = /^ws:(.+)$/;

/** Where the message stands that is being handled: the consumer has it in the context of its log. */
export function currentPlace(): Place | undefined {
  const { topic, partition, offset } = currentLogContext();
  if (typeof topic !== 'string' || typeof partition !== 'number' || typeof offset !== 'string')
    return undefined;
  return { topic, partition, offset: BigInt(offset) };
}

/** The scope was not entered: the application is not up, or about to end. */
export function isTooEarly(error: unknown): boolean {
  return (
    SlipwayError.is(error, 'SLIPWAY_CONTAINER_NOT_STARTED') ||
    SlipwayError.is(error, 'SLIPWAY_CONTAINER_CLOSED')
  );
}

export function readEnvelope(value: Buffer | null): EventEnvelope | undefined {
  try {
    return value === null ? undefined : parseEnvelope(value);
  } catch {
    return undefined;
  }
}

/** What a channel's message says to a user; undefined if it is no user's channel. */
export function readNotification(channel: string, text: string): Notification | undefined {
  const userId = userChannel.exec(channel)?.[1];
  if (userId === undefined) return undefined;
  try {
    const { event, data } = JSON.parse(text) as { event: unknown; data: Readonly<Record<string, unknown>> };
    if (typeof event === 'string') return { userId, event, data };
  } catch {
    // It is told as it stands.
  }
  return { userId, event: '(no notification)', data: { text } };
}

export function textsOf(
  headers: Readonly<Record<string, Buffer | string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, content]) => [name, content.toString()]));
}
