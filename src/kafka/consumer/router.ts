import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventEnvelope } from '../../events/envelope.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { eventRegistry } from '../../events/event-registry.js';
import { splitEventType } from '../../events/event-type.js';
import { type ParsedEnvelope, parseEnvelope } from '../../events/parse-envelope.js';
import type { EventRegistry } from '../../protocols/event-registry.js';
import type { EventSubscription } from '../../protocols/event-consumer.js';
import { type Handling, resolveHandling } from './consumer-settings.js';

/** A subscription with how its messages are tried. */
export interface Route {
  readonly handler: EventSubscription['handler'];
  readonly handling: Handling;
}

/** What is to be done with a message. */
export type Routed =
  | {
      readonly kind: 'handle';
      readonly route: Route;
      readonly event: EventEnvelope;
      readonly envelope: ParsedEnvelope;
    }
  | { readonly kind: 'unknown'; readonly envelope: ParsedEnvelope | undefined }
  | {
      readonly kind: 'unreadable';
      readonly reason: 'undecodable' | 'invalid';
      readonly error: unknown;
      readonly envelope: ParsedEnvelope | undefined;
    };

interface TopicRoutes {
  readonly events: Map<string, Route>;
  /** Of the events. Another topic's messages of them are none of theirs. */
  readonly families: Set<string>;
  /** Handles what no event of the topic's does. */
  other: Route | undefined;
}

/** Decides by topic and event type who handles a message, and reads it for them. */
export class Router {
  readonly #topics = new Map<string, TopicRoutes>();
  readonly #registry: EventRegistry;

  /** @throws SlipwayError SLIPWAY_KAFKA_SUBSCRIPTION if two handle the same. */
  constructor(subscriptions: readonly EventSubscription[], defaults: Handling) {
    const events: EventDefinition[] = [];
    for (const { source, handler, options } of subscriptions) {
      const route = { handler, handling: resolveHandling(options, defaults) };
      const topic = typeof source === 'string' ? source : source.topic;
      const routes = this.#topics.get(topic) ?? {
        events: new Map<string, Route>(),
        families: new Set<string>(),
        other: undefined,
      };
      this.#topics.set(topic, routes);
      if (typeof source === 'string') {
        if (routes.other) throw twice(`topic ${topic}`);
        routes.other = route;
      } else {
        if (routes.events.has(source.type)) throw twice(`event ${source.type}`);
        routes.events.set(source.type, route);
        routes.families.add(familyOf(source.type));
        events.push(source);
      }
    }
    this.#registry = eventRegistry(events);
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  /** Never throws. */
  route(topic: string, value: Buffer | null): Routed {
    // A tombstone says that a key is gone; it is no event.
    if (value === null) return { kind: 'unknown', envelope: undefined };
    let envelope: ParsedEnvelope | undefined;
    try {
      envelope = parseEnvelope(value);
      const routes = this.#topics.get(topic);
      if (routes?.families.has(familyOf(envelope.eventType))) {
        const event = this.#registry.parse(envelope);
        const route = routes.events.get(event.eventType);
        if (route) return { kind: 'handle', route, event, envelope };
      }
      if (routes?.other) return { kind: 'handle', route: routes.other, event: envelope, envelope };
      return { kind: 'unknown', envelope };
    } catch (error) {
      return { kind: 'unreadable', reason: envelope ? 'invalid' : 'undecodable', error, envelope };
    }
  }
}

/** What all versions of an event have in common. */
function familyOf(type: string): string {
  return splitEventType(type)?.family ?? type;
}

function twice(what: string): SlipwayError {
  return new SlipwayError('SLIPWAY_KAFKA_SUBSCRIPTION', {
    message: `Two handlers subscribe to ${what}. Let one call both, or give the second a consumer with a group of its own.`,
  });
}
