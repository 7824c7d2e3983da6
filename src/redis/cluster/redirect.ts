import { RedisError } from '../../errors/redis-error.js';
import { isReplyError } from '../reply-error.js';
import type { NodeAddress } from '../topology-url.js';

/** Why a server refused a command of a slot, and where to go instead. It surely did not carry it out. */
export type Redirect =
  | { readonly kind: 'moved' | 'ask'; readonly slot: number; readonly address: NodeAddress }
  /** The slot has no server for the moment. */
  | { readonly kind: 'later' };

const redirection = /^(MOVED|ASK) (\d+) (.*):(\d+)$/;

/** Undefined for an error of another kind. */
export function redirectOf(error: unknown, asked: string): Redirect | undefined {
  if (!isMoved(error)) return undefined;
  const { cause } = error;
  const match = isReplyError(cause) ? redirection.exec(cause.message) : null;
  if (match === null) return { kind: 'later' };
  const [, kind, slot, host, port] = match;
  // An empty host is that of the server which says so.
  const named = host === '' || host === '?' ? asked : (host ?? asked);
  return {
    kind: kind === 'ASK' ? 'ask' : 'moved',
    slot: Number(slot),
    address: { host: named, port: Number(port) },
  };
}

/** Did a server refuse it because its slot is elsewhere, or nowhere? */
export function isMoved(error: unknown): error is RedisError {
  return error instanceof RedisError && error.code === 'SLIPWAY_REDIS_MOVED' && !error.maybeApplied;
}
