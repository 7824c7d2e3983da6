import {
  type Component,
  type ComponentState,
  createHealth,
  type Health,
  type HealthAnswer,
  type HealthSource,
} from '../../src/index.js';

/** When fakes came into their state. */
export const since = new Date('2026-11-21T22:00:00.000Z');

/** A component whose state a test sets. */
interface Fake extends Component {
  status: Component['status'];
}

export function component(name: string, state: ComponentState, more: Partial<Component> = {}): Fake {
  return { name, status: { state, since, reconnects: 0 }, ...more };
}

export function healthOf(components: readonly Component[], more: Partial<HealthSource> = {}): Health {
  return createHealth({ service: 'desk', components, ...more });
}

export function bodyOf({ body }: HealthAnswer): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>;
}
