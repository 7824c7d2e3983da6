import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventEnvelope } from '../../events/envelope.js';
import type { ParsedEnvelope } from '../../events/parse-envelope.js';
import { CorrelationId } from '../../protocols/correlation-id.js';
import {
  CurrentEvent,
  type Delivery,
  type EventSubscription,
  type HandlerFunction,
  type HandlerToken,
} from '../../protocols/event-consumer.js';
import type { ContextValues, Resolver, ScopeRunner } from '../../protocols/scope-runner.js';
import type { ConsumerRecord, TopicPartition } from '../consumer-port.js';
import type { Route } from './router.js';

/** How handlers reach the application. */
export interface Scopes {
  readonly runner: ScopeRunner;
  /** The name of the scope that each attempt gets. */
  readonly scope: string;
  /** Is CorrelationId a context token of that scope? Giving it to one that does not know it is an error. */
  readonly takesCorrelationId: boolean;
}

export interface Message {
  readonly source: TopicPartition;
  readonly record: ConsumerRecord;
  readonly route: Route;
  readonly event: EventEnvelope;
  readonly envelope: ParsedEnvelope;
}

/** How long an attempt may take. Either is made when it is asked for. */
export type Limits = Pick<Delivery, 'signal' | 'deadline'>;

/** The application does not take messages: it is not up yet, or about to end. That is no failure of the message. */
export class NotServing extends Error {
  override readonly name = 'NotServing';
  readonly isOver: boolean;

  constructor(isOver: boolean) {
    super(isOver ? 'The application is ending.' : 'The application is not up yet.');
    this.isOver = isOver;
  }
}

const noScope: Resolver = {
  get: () => Promise.reject(noScopeError()),
  getSync: () => {
    throw noScopeError();
  },
};

/**
 * Calls the handler once, in a scope of its own.
 * @param limits what the {@link Delivery} tells of its time.
 * @returns undefined where it is over at once.
 * @throws whatever it throws, or {@link NotServing}; or the promise rejects with it.
 */
export function callHandler(
  message: Message,
  attempt: number,
  limits: Limits,
  scopes: Scopes | undefined,
): Promise<void> | undefined {
  const { handler } = message.route;
  if (scopes) return callInScope(message, attempt, limits, scopes);
  const delivery = new MessageDelivery(message, attempt, limits, noScope);
  // That the handler takes this event was checked where it was subscribed.
  if (!isFunction(handler)) throw noScopeError();
  const result: unknown = handler(message.event as never, delivery);
  // Plain functions may return anything; `await` would take a promise of any make.
  return isThenable(result) ? Promise.resolve(result) : undefined;
}

async function callInScope(message: Message, attempt: number, limits: Limits, scopes: Scopes): Promise<void> {
  const { handler } = message.route;
  let isEntered = false;
  const values: ContextValues<[EventEnvelope, string]> | ContextValues<[EventEnvelope]> =
    scopes.takesCorrelationId
      ? [
          [CurrentEvent, message.event],
          [CorrelationId, message.envelope.correlationId],
        ]
      : [[CurrentEvent, message.event]];
  try {
    await scopes.runner.runInScope(scopes.scope, values as ContextValues, async (scope) => {
      isEntered = true;
      const delivery = new MessageDelivery(message, attempt, limits, scope);
      if (isFunction(handler)) await handler(message.event as never, delivery);
      else await (await scope.get(handler)).handle(message.event as never, delivery);
    });
  } catch (error) {
    if (!isEntered && SlipwayError.is(error, 'SLIPWAY_CONTAINER_NOT_STARTED')) throw new NotServing(false);
    if (!isEntered && SlipwayError.is(error, 'SLIPWAY_CONTAINER_CLOSED')) throw new NotServing(true);
    throw error;
  }
}

function isThenable(result: unknown): result is PromiseLike<void> {
  return typeof (result as PromiseLike<void> | null | undefined)?.then === 'function';
}

/** Tokens are symbols at run time, whatever their type says. */
function isFunction(handler: EventSubscription['handler']): handler is HandlerFunction<never> {
  return typeof (handler as HandlerFunction<never> | HandlerToken | symbol) === 'function';
}

class MessageDelivery implements Delivery {
  readonly scope: Resolver;
  readonly attempt: number;
  readonly #message: Message;
  readonly #limits: Limits;
  #headers: Readonly<Record<string, string>> | undefined;

  constructor(message: Message, attempt: number, limits: Limits, scope: Resolver) {
    this.#message = message;
    this.attempt = attempt;
    this.#limits = limits;
    this.scope = scope;
  }

  get signal(): AbortSignal {
    return this.#limits.signal;
  }

  get deadline(): Date {
    return this.#limits.deadline;
  }

  get topic(): string {
    return this.#message.source.topic;
  }

  get partition(): number {
    return this.#message.source.partition;
  }

  get offset(): string {
    return String(this.#message.record.offset);
  }

  get key(): string | null {
    return this.#message.record.key?.toString() ?? null;
  }

  /** Most handlers look at none. */
  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= Object.fromEntries(
      Object.entries(this.#message.record.headers).map(([name, content]) => [name, content.toString()]),
    );
    return this.#headers;
  }

  get timestamp(): Date {
    return new Date(this.#message.record.timestamp);
  }

  get envelope(): ParsedEnvelope {
    return this.#message.envelope;
  }

  get value(): Buffer {
    return this.#message.record.value ?? Buffer.alloc(0);
  }
}

function noScopeError(): SlipwayError {
  return new SlipwayError('SLIPWAY_KAFKA_NO_SCOPE', {
    message:
      'This consumer was made without a ScopeRunner, so handlers have no scope to take things from. Give it one, or subscribe a function that needs none.',
  });
}
