import { token } from '../tokens/token.js';

/** Where a started client stands. `degraded` still serves; `unavailable` has no connection. */
export type ComponentState =
  'starting' | 'ready' | 'degraded' | 'unavailable' | 'disabled' | 'stopping' | 'stopped';

/** Does the application need the client to start and to be ready? */
export type Startup = 'required' | 'optional';

/** What a component knows about itself, taken from its live connections and not from a fresh ping. */
export interface ComponentStatus {
  readonly state: ComponentState;
  /** When the component entered this state. */
  readonly since: Date;
  /** Why it is not ready, as `[code] message`, without secrets. */
  readonly lastError?: string;
  /** Connections re-established since start. */
  readonly reconnects: number;
}

/** A started client that can tell its state. */
export interface Component {
  /** What health reports call it: `redis`, `kafka`. */
  readonly name: string;
  readonly status: ComponentStatus;
  /**
   * What it knows of its server without asking, under the names of the health page:
   * `{ version: '7.0.15', connected_clients: 3 }`.
   */
  readonly details?: Readonly<Record<string, unknown>>;
  /** An `optional` one does not keep the service from being ready. Default `required`. */
  readonly startup?: Startup;
  /** How long it may be away before the service is not ready: a consumer's group rebalances. Milliseconds, default 0. */
  readonly readinessGraceMs?: number;
  /**
   * Asks its server, on a connection that is there already, for what the health page shows beside {@link details}. Called
   * at most once a second, and only while the component serves.
   */
  inspect?(): Promise<Readonly<Record<string, unknown>>>;
}
/** Each started client, for health: `all(Component)`. A service adds its own with `collect: true`. */
export const Component = token<Component>()('Component');
