import type { RedisError } from '../errors/redis-error.js';
import type { ComponentState } from '../protocols/component.js';
import type { HeartbeatOptions } from './heartbeat.js';
import type { Link } from './link.js';

export type ConnectionState = Extract<
  ComponentState,
  'starting' | 'ready' | 'unavailable' | 'stopping' | 'stopped'
>;

export interface ConnectionOptions {
  /** Shown by CLIENT LIST, and as `connection` in logs. */
  readonly name: string;
  readonly heartbeat: HeartbeatOptions;
  /** Does it carry writes? Then start() refuses a read-only replica, and a refused write looks for the primary. */
  readonly needsPrimary?: boolean;
  /** A new link is up; called before any waiting command is sent on it. */
  readonly onLink?: (link: Link) => void;
  /** The link ended, by itself or by stop(). */
  readonly onLinkLost?: (reason: RedisError) => void;
  /** Why calls are refused although the connection itself would take them. */
  readonly refusal?: () => RedisError | undefined;
  readonly onState?: (state: ComponentState) => void;
  /** How long stop() waits for replies still due. Default 2000. */
  readonly stopGraceMs?: number;
}
