import { redactText } from '../errors/redact.js';
import type { Component, ComponentState, ComponentStatus } from '../protocols/component.js';

/**
 * The original's words for a client: `unhealthy` serves with trouble, `disconnected` does not serve, `unknown` has not come
 * up yet or cannot tell.
 */
export type ServiceHealth = 'healthy' | 'unhealthy' | 'disconnected' | 'disabled' | 'unknown';

const healthOf = {
  starting: 'unknown',
  ready: 'healthy',
  degraded: 'unhealthy',
  unavailable: 'disconnected',
  disabled: 'disabled',
  stopping: 'disconnected',
  stopped: 'disconnected',
} as const satisfies Record<ComponentState, ServiceHealth>;

/** What can be read of a component, whatever it is in. */
export interface ComponentReading {
  readonly name: string;
  readonly health: ServiceHealth;
  /** Does it answer calls? */
  readonly serves: boolean;
  readonly state: ComponentState | 'unknown';
  /** ISO 8601. */
  readonly since: string | undefined;
  readonly reconnects: number;
  /** Without passwords. */
  readonly lastError: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Reads a component's live state. Asks nobody, never throws. */
export function readComponent(component: Component): ComponentReading {
  const status: Partial<ComponentStatus> = attempt(() => component.status) ?? {};
  const told = attempt(() => status.state);
  const state = told !== undefined && Object.hasOwn(healthOf, told) ? told : 'unknown';
  return {
    name: attempt(() => component.name) ?? 'unnamed',
    health: state === 'unknown' ? 'unknown' : healthOf[state],
    serves: state === 'ready' || state === 'degraded',
    state,
    since: attempt(() => status.since?.toISOString()),
    reconnects: attempt(() => status.reconnects) ?? 0,
    lastError: attempt(() => (status.lastError === undefined ? undefined : redactText(status.lastError))),
    details: attempt(() => ({ ...component.details })) ?? {},
  };
}

/** A component in a state nobody thought of must not take the health page with it. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
