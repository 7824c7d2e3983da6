import type { RedisError } from '../../errors/redis-error.js';
import { client, failure, shownKeys, type Where } from '../failures.js';

/** Keys that no one server has. */
export function crossSlot(where: Where, operation: string, first: string, other: string): RedisError {
  return failure(
    'SLIPWAY_REDIS_CROSS_SLOT',
    where,
    `${operation} of ${client(where)} was not sent: its keys ${shownKeys([first, other])} are in different slots of the cluster. Give keys that are used together one hash tag, as in {order-7}:total and {order-7}:items, or make a call for each.`,
    { command: operation },
  );
}

/** The driver's client where there are several. */
export function noRawInCluster(where: Where): RedisError {
  const message = `${client(where)} has no raw client: a cluster has a connection to each of its servers. Use a script where a command is missing.`;
  return failure('SLIPWAY_REDIS_ARGUMENT', where, message, { command: 'raw' });
}

/** A lease in a cluster whose server nothing tells. */
export function keyNeeded(where: Where, purpose: string): RedisError {
  return failure(
    'SLIPWAY_REDIS_ARGUMENT',
    where,
    `${purpose} of ${client(where)} needs a key to begin with: in a cluster it tells which server is meant. Name the keys it watches, as in transaction(['key'], ...).`,
    { command: purpose },
  );
}

/** What was for one server of a cluster that is a master no more. */
export function leftCluster(where: Where, node: string): RedisError {
  return failure(
    'SLIPWAY_REDIS_MOVED',
    where,
    `${client(where)} was asking ${node}, which is no master of ${where.address} any more. Begin anew.`,
  );
}

/** A slot that the map has no server for. */
export function noOwner(where: Where, slot: number): RedisError {
  return failure(
    'SLIPWAY_REDIS_NO_PRIMARY',
    where,
    `${client(where)} knows no master of ${where.address} that has slot ${slot}: a failover is under way, or the slot was never given to one. The client goes on looking for it.`,
  );
}

/** A server that has no slots. */
export function noCluster(where: Where): RedisError {
  return failure(
    'SLIPWAY_REDIS_NO_CLUSTER',
    where,
    `${client(where)} asked ${where.address} for the slots of its servers, and none has any. Check that the cluster is set up (redis-cli --cluster create).`,
  );
}
