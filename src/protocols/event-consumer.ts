import type { EventEnvelope } from '../events/envelope.js';
import type { EventDefinition, EventOf } from '../events/event-definition.js';
import type { ParsedEnvelope } from '../events/parse-envelope.js';
import { type Token, token } from '../tokens/token.js';
import type { Resolver } from './scope-runner.js';

/** One attempt to handle one message: what a handler gets beside the event. */
export interface Delivery {
  /** The REQUEST scope of this attempt. It ends with the handler. */
  readonly scope: Resolver;
  /**
   * Aborted when `handlerTimeoutMs` has passed, and when the partition goes to another member or the consumer stops
   * without waiting longer. What the handler does afterwards does not count: the message is handled again.
   */
  readonly signal: AbortSignal;
  /** When `handlerTimeoutMs` has passed. The signal may abort earlier, for the partition or the consumer. */
  readonly deadline: Date;
  /** From 1. */
  readonly attempt: number;
  readonly topic: string;
  readonly partition: number;
  /** A decimal number that may exceed 2^53. */
  readonly offset: string;
  /** `null` for a message without a key. */
  readonly key: string | null;
  /** As UTF-8. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the broker has as the time of the message. */
  readonly timestamp: Date;
  /** The envelope as it was read, before its data was checked and brought to the present version. */
  readonly envelope: ParsedEnvelope;
  /** The message's bytes. */
  readonly value: Buffer;
}

/** The event is done when it returns or the promise resolves, and is tried again when it throws. */
export type HandlerFunction<Event extends EventEnvelope = EventEnvelope> = (
  event: Event,
  delivery: Delivery,
) => void | Promise<void>;

/** A handler that the REQUEST scope of each message makes anew, with its dependencies. */
export interface EventHandler<Event extends EventEnvelope = EventEnvelope> {
  handle(event: Event, delivery: Delivery): void | Promise<void>;
}

/** Pauses between attempts: `minMs`, doubled each time up to `maxMs`, each spread by ± `jitter` of itself. */
export interface BackoffSettings {
  /** Milliseconds, default 200. */
  readonly minMs?: number;
  /** Milliseconds, default 10000. */
  readonly maxMs?: number;
  /** 0 to 1, default 0.2. */
  readonly jitter?: number;
}

/** How often and how long a message is tried. */
export interface HandlingSettings {
  /** Attempts before the message goes to the dead letter topic. Default 5. */
  readonly attempts?: number;
  readonly backoff?: BackoffSettings;
  /** The longest one attempt takes. Milliseconds, default 30000. */
  readonly handlerTimeoutMs?: number;
}

/** The token of an {@link EventHandler}, whatever event it takes. */
export type HandlerToken = Token<EventHandler<never>>;

/** What a consumer calls for one event, or for the messages of one topic that nothing else handles. */
export interface EventSubscription {
  readonly source: EventDefinition | string;
  readonly handler: HandlerFunction<never> | HandlerToken;
  readonly options: HandlingSettings;
}
/** All subscriptions of the application: `all(EventSubscription)`. `consume()` adds one. */
export const EventSubscription = token<EventSubscription>()('EventSubscription');

/** The event that is being handled, in the REQUEST scope of its message: what a handler's dependencies may ask for. */
export type CurrentEvent = EventEnvelope;
export const CurrentEvent = token<CurrentEvent>()('CurrentEvent');

/** What a handler of `Source` is given. */
export type EventFrom<Source extends EventDefinition | string> = Source extends EventDefinition
  ? EventOf<Source>
  : ParsedEnvelope;
