import type { AtomicRedisClientProtocol, RedisPubSubProtocol } from '../../../protocols/redis.js';
import { type ContractTest, contractTests } from '../contract.js';
import { persistently } from './support.js';

/** What is done to a server is done when this has settled. */
type Done = PromiseLike<void> | void;

/** What can befall the way between clients and their server. {@link memoryRedis}'s faults are such, a TCP proxy can be. */
export interface RedisLinkFaults {
  /** Every connection breaks at once. New ones work unless they are refused. */
  cut(): Done;
  /** New connections are refused, as by a closed port, or are so no more. */
  refuse(on: boolean): Done;
  /** Nothing passes any more, nor on new connections, until {@link resume}; what was sent meanwhile arrives then. */
  stall(): Done;
  resume(): Done;
  /** Connections that are open now are dead, and nobody says so: nothing passes on them any more. New ones work. */
  forget(): Done;
  /** The next such command is carried out, and its connection breaks before the reply. */
  loseReply(command: string): Done;
}

/** What a server can come to. Each holds until it is taken back. */
export interface RedisServerFaults {
  /** Every connection is closed by the server. */
  cut(): Done;
  /** It is frozen, its connections open, until {@link resume}. */
  stall(): Done;
  resume(): Done;
  /** It is killed and started again, with its data or without any. */
  restart(options: { readonly keepsData: boolean }): Done;
  /** It becomes a read-only replica, or a primary again. */
  readOnly(on: boolean): Done;
  /** It refuses writes for the want of memory, of replicas, or of a disk; undefined: no more. */
  refuseWrites(lacking: 'memory' | 'replicas' | 'disk' | undefined): Done;
  /** It loads its data. */
  loading(on: boolean): Done;
  /** A script keeps it busy. */
  busy(on: boolean): Done;
  /** It takes no more connections (`maxclients`). */
  full(on: boolean): Done;
  /** It asks new connections for a password, which clients do not have. */
  requirePassword(password: string | undefined): Done;
  /** It allows no other channels than those that match, and patterns that are the same (`NOPERM`). */
  allowChannels(pattern: string | undefined): Done;
}

/** A client whose life the tests of faults have in their hands. */
export interface StartableRedis extends AtomicRedisClientProtocol {
  readonly pubsub: RedisPubSubProtocol;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A server that things can be done to, and clients of it. */
export interface FaultyRedis<Faults> {
  readonly faults: Faults;
  /** A client that is not started. */
  readonly createClient: (settings: { readonly deadlineMs: number }) => StartableRedis;
  /** Takes back what was done, and stops the clients. */
  readonly close: () => PromiseLike<void>;
}

/** A {@link FaultyRedis} for one test. */
export type OpenFaulty<Faults> = () => Promise<FaultyRedis<Faults>>;

/** What a test of faults is given. */
export interface Scene<Faults> {
  readonly faults: Faults;
  /** A client that is started, with a deadline that nothing meets by mistake, or this one. */
  readonly start: (deadlineMs?: number) => Promise<StartableRedis>;
  readonly createClient: (deadlineMs?: number) => StartableRedis;
}

const ampleMs = 30_000;

export function faultTests<Faults>(
  open: OpenFaulty<Faults>,
  tests: Readonly<Record<string, (scene: Scene<Faults>) => Promise<void>>>,
): readonly ContractTest[] {
  const openScene = async () => {
    const redis = await open();
    const createClient: Scene<Faults>['createClient'] = (deadlineMs = ampleMs) =>
      redis.createClient({ deadlineMs });
    const start: Scene<Faults>['start'] = async (deadlineMs) => {
      const client = createClient(deadlineMs);
      // A brief deadline may be too brief for a start where many tests start at once.
      await persistently(() => client.start());
      return client;
    };
    return { client: { faults: redis.faults, start, createClient }, close: () => redis.close() };
  };
  return contractTests(openScene, tests);
}
