import { Application } from '../../container/application.js';
import type { GraphDescription } from '../../container/drawing/description.js';
import type { Factory } from '../../container/factory.js';
import type { AnyProvider } from '../../container/provider.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { EventDefinition as EventDefinitionToken } from '../../events/event-definition.js';
import type { EventRegistry } from '../../protocols/event-registry.js';
import type { SettingsDefinition } from '../../settings/define-settings.js';
import { tokenName } from '../../tokens/token.js';
import type { Exports } from './load-module.js';

/** What can be drawn. */
export interface Drawable {
  describe(): GraphDescription;
  readonly factories: readonly Factory[];
}

// By what they can do and not by their class: the module may have brought its own copy of the package.
function has(value: unknown, ...names: readonly string[]): value is object {
  return typeof value === 'object' && value !== null && names.every((name) => name in value);
}

function isApplication(value: unknown): value is Drawable {
  return has(value, 'describe', 'validate', 'enter');
}

function isProvider(value: unknown): value is AnyProvider {
  return has(value, 'factories', 'provideClass');
}

function isProviders(value: unknown): value is readonly AnyProvider[] {
  return Array.isArray(value) && value.length > 0 && value.every(isProvider);
}

function isRegistry(value: unknown): value is EventRegistry {
  return has(value, 'events', 'topicName', 'route', 'parse');
}

function isEvent(value: unknown): value is EventDefinition {
  return has(value, 'type', 'topic', 'schema', 'upcasters', 'keyOf');
}

function isDefinition(value: unknown): value is SettingsDefinition<unknown> {
  return has(value, 'variables', 'read', 'parse', 'prefix');
}

/** The application of a module: one that it exports, or one of the providers that it exports. Nothing is started. */
export function applicationOf(exported: Exports): Drawable | undefined {
  const values = inOrder(exported);
  const application = values.find(isApplication);
  if (application !== undefined) return application;
  const lists = values.filter(isProviders);
  const providers = lists[0] ?? values.filter(isProvider);
  return providers.length === 0 ? undefined : new Application<readonly AnyProvider[]>(providers);
}

/** The events of a module, each once: of its registry, its definitions, and what its providers add. */
export function eventsOf(exported: Exports): readonly EventDefinition[] {
  const values = inOrder(exported);
  const found = values.flatMap((value) => {
    if (isEvent(value)) return [value];
    if (isRegistry(value)) return value.events;
    return Array.isArray(value) ? value.filter(isEvent) : [];
  });
  const provided = applicationOf(exported)?.factories.flatMap(eventOf) ?? [];
  return [...new Set([...found, ...provided])];
}

function eventOf({ token, kind, make }: Factory): readonly EventDefinition[] {
  if (kind !== 'value' || tokenName(token) !== tokenName(EventDefinitionToken)) return [];
  const value = make([], { signal: AbortSignal.abort() });
  return isEvent(value) ? [value] : [];
}

/** The settings that a module defines, by the name they are exported under. */
export function definitionsOf(exported: Exports): ReadonlyMap<string, SettingsDefinition<unknown>> {
  const found = new Map<string, SettingsDefinition<unknown>>();
  for (const [name, value] of Object.entries(exported)) {
    if (isDefinition(value)) found.set(name, value);
    else if (has(value)) {
      // An object of definitions, as loadSettings takes it.
      for (const [key, inner] of Object.entries(value)) if (isDefinition(inner)) found.set(key, inner);
    }
  }
  return found;
}

/** The export that is meant for this comes first. */
function inOrder(exported: Exports): readonly unknown[] {
  const first = ['default', 'application', 'app', 'providers', 'registry'];
  const names = Object.keys(exported).toSorted((left, right) => rank(left) - rank(right));
  return names.map((name) => exported[name]);

  function rank(name: string): number {
    const index = first.indexOf(name);
    return index === -1 ? first.length : index;
  }
}
