import { Provider } from '../container/provider.js';
import { EventDefinition } from '../events/event-definition.js';
import { eventRegistry } from '../events/event-registry.js';
import { EventRegistry } from '../protocols/event-registry.js';
import { all } from '../tokens/derived.js';
import { Scope } from '../tokens/scope.js';

/** Adds a module's events to those of the application. Several modules may add the same event. */
export function events(definitions: readonly EventDefinition[]) {
  const provider = new Provider('events');
  for (const definition of definitions)
    provider.provide(EventDefinition, { collect: true, value: definition });
  return provider;
}

/** The registry of all events that were added by {@link events}. Part of `infrastructure`. */
export function registry() {
  return new Provider('registry').provide(EventRegistry, {
    scope: Scope.APP,
    eager: 'if-used',
    inject: [all(EventDefinition)],
    create: (definitions) => eventRegistry([...new Set(definitions)]),
  });
}
