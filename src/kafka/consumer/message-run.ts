import { describeError } from '../../errors/describe.js';
import { errorCodes } from '../../errors/codes.js';
import { SlipwayError } from '../../errors/slipway-error.js';
import type { ParsedEnvelope } from '../../events/parse-envelope.js';
import { type LogFields, withLazyLogContext } from '../../logging/log-context.js';
import type { Logger } from '../../protocols/logger.js';
import { backoffMs } from '../connect.js';
import type { ConsumerRecord, TopicPartition } from '../consumer-port.js';
import { type Message, NotServing, type Scopes } from './attempt.js';
import type { Handling, ResolvedConsumerSettings } from './consumer-settings.js';
import type { DeadLetter, DeadLetterReason, DeadLetters } from './dead-letters.js';
import { observeAttempt } from './observe-attempt.js';
import type { PartitionWork } from './partition-work.js';
import type { Routed, Router } from './router.js';
import { RunningAttempt } from './running-attempt.js';

/** Counts since the consumer was made. */
export interface MessageCounts {
  /** Messages whose handler succeeded. */
  handled: number;
  /** Attempts that failed. */
  failedAttempts: number;
  /** Attempts that came too early: the event is handled elsewhere now, or nobody can say. They count as none. */
  deferred: number;
  /** Messages in the dead letter topic, acknowledged. */
  deadLetters: number;
  /** Messages that nothing subscribes to, passed over. */
  ignored: number;
  /** Messages given up because their partition went: whoever has it next begins them again. */
  abandoned: number;
}

export interface RunContext {
  readonly settings: ResolvedConsumerSettings;
  readonly router: Router;
  readonly deadLetters: DeadLetters;
  readonly scopes: Scopes | undefined;
  readonly logger: Logger;
  readonly counts: MessageCounts;
  /** The dead letter of this message could not be published; or could, without a failure. */
  readonly onDeadLetterFailure: (record: ConsumerRecord, failure?: unknown) => void;
}

/** How often an application that is not up yet is asked again. */
const notServingPauseMs = 10;

/**
 * Brings one message to its end: handled, passed over or in the dead letter topic.
 * @returns false if it was given up because the partition goes. Never rejects.
 */
export function runMessage(
  record: ConsumerRecord,
  work: PartitionWork,
  context: RunContext,
): Promise<boolean> {
  try {
    const routed = context.router.route(work.topic, record.value);
    const { topic, partition } = work;
    const fields = (): LogFields => logFields(record, { topic, partition }, routed.envelope);
    return withLazyLogContext(fields, () =>
      routed.kind === 'handle'
        ? tryOut({ source: work, record, ...routed }, work, context)
        : setAside(routed, record, work, context),
    );
  } catch (error) {
    return faultOfOurs(error, record, work, context);
  }
}

/** The offset stays; so the message is not lost, and health shows that it is not done. */
async function faultOfOurs(
  error: unknown,
  record: ConsumerRecord,
  work: PartitionWork,
  context: RunContext,
): Promise<false> {
  context.logger.error('message not handled', { error: describeError(error) });
  context.onDeadLetterFailure(record, error);
  await over(work.leaving);
  return false;
}

/** What no handler gets. */
async function setAside(
  routed: Exclude<Routed, { kind: 'handle' }>,
  record: ConsumerRecord,
  work: PartitionWork,
  context: RunContext,
): Promise<boolean> {
  const { settings, counts, logger } = context;
  try {
    if (routed.kind === 'unreadable') {
      const { reason, error } = routed;
      return await bury({ source: work, record, reason, error, attempts: 0 }, work, context);
    }
    if (settings.unknownEvents === 'dead-letter' && routed.envelope) {
      const error = `Nothing subscribes to ${routed.envelope.eventType} in ${work.topic}.`;
      return await bury({ source: work, record, reason: 'unknown-event', error, attempts: 0 }, work, context);
    }
    counts.ignored += 1;
    logger.debug('message passed over: nothing subscribes to it');
    return true;
  } catch (error) {
    return faultOfOurs(error, record, work, context);
  }
}

/** Tries it until it is handled, in the dead letter topic or given up. */
async function tryOut(message: Message, work: PartitionWork, context: RunContext): Promise<boolean> {
  const { counts, logger, scopes } = context;
  const { handling } = message.route;
  const observed = { source: counts, groupId: context.settings.groupId };
  let deferrals = 0;
  let isRetry = false;
  try {
    for (let attempt = 1; ; attempt += 1) {
      if (work.leaving.aborted) return giveUp(context);
      let error: unknown;
      try {
        const options = { message, number: attempt, scopes, logger };
        await observeAttempt(message, { ...observed, isRetry }, () =>
          new RunningAttempt(options, work.attempts).run(),
        );
        counts.handled += 1;
        return true;
      } catch (reason) {
        error = reason;
      }
      isRetry = true;
      if (work.aborted.aborted) return giveUp(context);
      if (error instanceof NotServing) {
        if (error.isOver) await over(work.leaving);
        else await pause(notServingPauseMs, work.leaving);
        attempt -= 1;
        continue;
      }
      if (isDeferred(error)) {
        counts.deferred += 1;
        deferrals += 1;
        logger.debug('message deferred', { error: describeError(error) });
        await pause(pauseAfter(deferrals, handling), work.leaving);
        attempt -= 1;
        continue;
      }
      counts.failedAttempts += 1;
      const isPermanent = SlipwayError.is(error) && !error.retryable;
      if (isPermanent || attempt >= handling.attempts) {
        const reason: DeadLetterReason = isPermanent ? 'permanent-error' : 'attempts-exhausted';
        const { source, record } = message;
        return await bury({ source, record, reason, error, attempts: attempt }, work, context);
      }
      const pauseMs = pauseAfter(attempt, handling);
      logger.warn('handler failed', { attempt, error: describeError(error), nextInMs: Math.round(pauseMs) });
      await pause(pauseMs, work.leaving);
    }
  } catch (error) {
    return faultOfOurs(error, message.record, work, context);
  }
}

/** Publishes the dead letter, however long that takes. */
async function bury(letter: DeadLetter, work: PartitionWork, context: RunContext): Promise<boolean> {
  const { deadLetters, settings, counts, logger } = context;
  for (let attempt = 0; !work.leaving.aborted; attempt += 1) {
    try {
      await deadLetters.publish(letter);
      counts.deadLetters += 1;
      context.onDeadLetterFailure(letter.record);
      logger.error('message put into the dead letter topic', {
        deadLetterTopic: settings.deadLetterTopic(letter.source.topic),
        reason: letter.reason,
        attempts: letter.attempts,
        error: describeError(letter.error),
      });
      return true;
    } catch (error) {
      if (work.leaving.aborted) break;
      context.onDeadLetterFailure(letter.record, error);
      logger.warn('dead letter not published', { error: describeError(error) });
    }
    await pause(backoffMs(settings.retryBackoffMs, attempt), work.leaving);
  }
  return giveUp(context);
}

function giveUp({ counts, logger }: RunContext): false {
  counts.abandoned += 1;
  logger.debug('message given up: its partition goes');
  return false;
}

function isDeferred(error: unknown): boolean {
  return SlipwayError.is(error) && 'deferred' in errorCodes[error.code];
}

function pauseAfter(attempt: number, { backoff: { minMs, maxMs, jitter } }: Handling): number {
  const pauseMs = Math.min(minMs * 2 ** Math.min(attempt - 1, 30), maxMs);
  return pauseMs * (1 - jitter + Math.random() * 2 * jitter);
}

/** Ends early when `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

function over(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function logFields(
  { offset, headers }: ConsumerRecord,
  { topic, partition }: TopicPartition,
  envelope: ParsedEnvelope | undefined,
): LogFields {
  const traceparent = headers['traceparent']?.toString() ?? envelope?.metadata?.['traceparent'];
  // 00-<32 hex digits: trace>-<16: span>-<2: flags>
  const [, traceId] = typeof traceparent === 'string' ? traceparent.split('-') : [];
  return {
    topic,
    partition,
    offset: String(offset),
    ...(envelope && {
      correlationId: envelope.correlationId,
      eventId: envelope.eventId,
      eventType: envelope.eventType,
    }),
    ...(traceId !== undefined && { traceId }),
  };
}
