import { optionsError } from './errors.js';
import type { EventClaim } from './event-claim.js';
import { IdempotentReceiver } from './idempotent-receiver.js';
import type { IdempotencyOptions } from './options.js';
import type { ReceivedMessage } from './received-message.js';

/** A handler that also gets the event's claim. Its delivery's signal is the claim's. */
export type IdempotentHandler<Event, Delivery extends ReceivedMessage> = (
  event: Event,
  delivery: Delivery,
  claim: EventClaim,
) => unknown;

/**
 * A handler for an EventConsumer, of one that is to run once for each event:
 *
 *     consumer.subscribe(EssaySubmitted, idempotent((event, delivery, claim) => …));
 *
 * The handler runs once per attempt. What it does is done at least once; what it does in `claim.commit()`, exactly once.
 * @param receiver or the options to make one of. Default: `IdempotentReceiver` of the scope that each delivery brings, so
 * `idempotency()` has to be among the application's providers.
 * @throws SlipwayError as `IdempotentReceiver.receive`; SLIPWAY_IDEMPOTENCY_OPTIONS if there is neither receiver nor scope.
 */
export function idempotent<Event, Delivery extends ReceivedMessage>(
  handler: IdempotentHandler<Event, Delivery>,
  receiver?: IdempotentReceiver | IdempotencyOptions,
): (event: Event, delivery: Delivery) => Promise<void> {
  const given =
    receiver === undefined || receiver instanceof IdempotentReceiver
      ? receiver
      : new IdempotentReceiver(receiver);
  return async (event, delivery) => {
    const own = given ?? (await receiverOf(delivery));
    await own.receive(delivery, (claim) => handler(event, withSignal(delivery, claim.signal), claim));
  };
}

function receiverOf({ scope }: ReceivedMessage): Promise<IdempotentReceiver> {
  if (scope !== undefined) return scope.get(IdempotentReceiver);
  throw optionsError(
    'a handler has no receiver, and its deliveries bring no scope to take one from',
    'Give idempotent() a receiver or its options.',
  );
}

/** A delivery may read private fields of its own, so it cannot be copied, and nothing of it may be called on another. */
function withSignal<Delivery extends ReceivedMessage>(delivery: Delivery, signal: AbortSignal): Delivery {
  return new Proxy(delivery, {
    get(target, name): unknown {
      if (name === 'signal') return signal;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
