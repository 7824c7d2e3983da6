import type { Expirable } from '../deadline-queue.js';
import type { Link } from '../link.js';
import type { RedisCommand } from '../pending-command.js';

/** A command on its way through a cluster, from the call until it settles, over all servers it is sent to. */
export class RoutedCommand implements Expirable {
  readonly command: RedisCommand<unknown>;
  /** Undefined for a command without keys, which any server takes. */
  readonly slot: number | undefined;
  /** The server it is for, whatever the map says. */
  pinned: string | undefined;
  /** Is it to be let in at {@link pinned}, which does not own the slot yet? */
  asking = false;
  expiresAt = 0;
  /** On which link it is, where it waits for its reply. */
  sentOn: Link | undefined;
  redirects = 0;
  settled = false;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;

  constructor(
    command: RedisCommand<unknown>,
    to: { readonly slot: number | undefined; readonly pinned: string | undefined },
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.command = command;
    this.slot = to.slot;
    this.pinned = to.pinned;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  resolve(value: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.#resolve(value);
  }

  reject(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.#reject(error);
  }
}
