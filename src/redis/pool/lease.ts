import { RedisError } from '../../errors/redis-error.js';
import { keysOf } from '../cluster/command-keys.js';
import { crossSlot } from '../cluster/failures.js';
import { keySlot } from '../cluster/key-slot.js';
import { isMoved } from '../cluster/redirect.js';
import { unwatch } from '../commands/transactions.js';
import { DeadlineQueue } from '../deadline-queue.js';
import type { RedisEndpoint } from '../endpoint.js';
import { commandTimedOut, linkLost, sessionLost } from '../failures.js';
import type { Link } from '../link.js';
import { PendingCommand, type RedisCommand } from '../pending-command.js';
import { leaseEnded } from './failures.js';

/** After an error of one of these nobody knows what the connection still watches or queues. */
const changesState: ReadonlySet<string> = new Set(['watch', 'unwatch', 'multi', 'exec']);

/** Where a lease's link goes when it ends. */
export interface LeaseOwner {
  readonly endpoint: RedisEndpoint;
  /** `clean`: nothing is watched, queued or under way on it. Any other link is being closed already. */
  readonly onRelease: (lease: Lease, clean: boolean) => void;
  /** No reply came in time, or the server is no primary any more: other links to it may be as bad. */
  readonly onDistrust: (error: RedisError) => void;
}

/**
 * One {@link Link} in one caller's hands. It knows what the caller did to the link's state, so that nobody gets a link
 * with another's WATCH or with a reply still due: such a link is closed.
 */
export class Lease {
  /** What it was taken for: `transaction`, `session`, `blpop`. */
  readonly purpose: string;
  readonly since = performance.now();
  readonly link: Link;
  readonly #owner: LeaseOwner;
  readonly #deadlines: DeadlineQueue<PendingCommand>;
  #confined: { readonly slot: number; readonly key: string } | undefined;
  #watching = false;
  #doubtful = false;
  /** Why it takes no more commands. */
  #ended: RedisError | undefined;
  #released = false;

  constructor(link: Link, purpose: string, owner: LeaseOwner) {
    this.link = link;
    this.purpose = purpose;
    this.#owner = owner;
    const { endpoint } = owner;
    this.#deadlines = new DeadlineQueue(endpoint.deadlineMs, (pending) => {
      const error = commandTimedOut(endpoint, pending.command.name, endpoint.deadlineMs);
      pending.reject(error);
      this.destroy(error);
      owner.onDistrust(error);
    });
  }

  /** True once its link has ended: what was watched on it is watched no more. */
  get lost(): boolean {
    return !this.link.writable;
  }

  /**
   * Sends a command. If its reply does not come by `expiresAt`, on the clock of `performance.now()` and not before
   * that of an earlier call, the link is closed: the reply could come still, and be taken for another command's.
   */
  run<T>(command: RedisCommand<T>, expiresAt: number): Promise<T> {
    const { endpoint } = this.#owner;
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.lost) return Promise.reject(sessionLost(endpoint, command.name, undefined));
    const refusal = this.refusalOf(command);
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#send(command, expiresAt);
  }

  /** From now on it takes commands of keys in `slot` alone; `key` is one of them. */
  confine(slot: number, key: string): void {
    this.#confined = { slot, key };
  }

  /** Why a command cannot be sent here at all. */
  refusalOf({ name, args }: Pick<RedisCommand<unknown>, 'name' | 'args'>): RedisError | undefined {
    const confined = this.#confined;
    if (confined === undefined) return undefined;
    const other = keysOf({ name, args }).find((key) => keySlot(key) !== confined.slot);
    return other === undefined ? undefined : crossSlot(this.#owner.endpoint, name, confined.key, other);
  }

  /** How its server is connected to. */
  get endpoint(): RedisEndpoint {
    return this.#owner.endpoint;
  }

  /** Takes no more commands: rejects them with `reason`. Those under way get their replies. */
  end(reason: RedisError): void {
    this.#ended ??= reason;
  }

  /** Gives the link back: as it is if it is clean, after an UNWATCH, or closed if its state is in doubt. Idempotent. */
  release(): void {
    if (this.#released) return;
    const { endpoint } = this.#owner;
    if (this.#doubtful || this.lost || this.link.busy) {
      return this.destroy(linkLost(endpoint, new Error('it was given back in a state that is not known')));
    }
    this.#released = true;
    this.#ended ??= leaseEnded(endpoint, this.purpose);
    if (!this.#watching) return this.#leave(true);
    void this.#send(unwatch, performance.now() + endpoint.deadlineMs).then(
      () => this.#leave(true),
      () => this.#leave(false),
    );
  }

  /** Closes the link; commands under way reject. */
  destroy(reason: RedisError): void {
    this.link.destroy(reason);
    if (this.#released) return;
    this.#released = true;
    this.#leave(false);
  }

  #send<T>(command: RedisCommand<T>, expiresAt: number): Promise<T> {
    const { name } = command;
    // As it will be once the server has read this far: commands are carried out in the order they are sent.
    if (name === 'watch') this.#watching = true;
    else if (name === 'unwatch' || name === 'exec') this.#watching = false;
    return new Promise<T>((resolve, reject) => {
      const pending = new PendingCommand<T>(command, resolve, (error) => {
        if (changesState.has(name)) this.#doubtful = true;
        if (error instanceof RedisError && error.code === 'SLIPWAY_REDIS_READ_ONLY') {
          this.#doubtful = true;
          this.#owner.onDistrust(error);
        }
        if (isMoved(error)) this.#owner.endpoint.onMoved?.();
        reject(error);
      }) as PendingCommand;
      if (expiresAt !== Infinity) this.#deadlines.addUntil(pending, expiresAt);
      this.link.send(pending);
    });
  }

  #leave(clean: boolean): void {
    this.#ended ??= leaseEnded(this.#owner.endpoint, this.purpose);
    this.#deadlines.clear();
    if (!clean) this.link.destroy(this.#ended);
    this.#owner.onRelease(this, clean);
  }
}
