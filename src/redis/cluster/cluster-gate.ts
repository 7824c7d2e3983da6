import type { RedisError } from '../../errors/redis-error.js';
import { DeadlineQueue } from '../deadline-queue.js';
import type { RedisEndpoint } from '../endpoint.js';
import { commandNotSent, commandTimedOut } from '../failures.js';
import type { Link } from '../link.js';
import { PendingCommand, type RedisCommand } from '../pending-command.js';
import { type Redirect, redirectOf } from './redirect.js';
import { RoutedCommand } from './routed-command.js';

const asking: RedisCommand<unknown> = { name: 'asking', args: [], decode: (reply) => reply };
/** One that is sent to and fro waits for the servers to agree. */
const quickRedirects = 4;

export interface ClusterGateOptions {
  /** The link to send it on, if there is one now. */
  readonly linkFor: (routed: RoutedCommand) => Link | undefined;
  /** The host behind a link. */
  readonly hostOf: (link: Link) => string;
  readonly lastErrorFor: (routed: RoutedCommand) => RedisError | undefined;
  /** Takes note of what a server said. Commands go on when {@link ClusterGate.flush} is called. */
  readonly onRedirect: (redirect: Redirect) => void;
}

/**
 * Where commands of a cluster wait for the server of their slot, and where each has its deadline, from the call to its
 * end. One that a server refused since the slot is elsewhere was not carried out, so it is sent to the right one; no other
 * is ever sent again.
 */
export class ClusterGate {
  readonly #endpoint: RedisEndpoint;
  readonly #options: ClusterGateOptions;
  readonly #deadlines: DeadlineQueue<RoutedCommand>;
  readonly #waiting = new Set<RoutedCommand>();

  constructor(endpoint: RedisEndpoint, options: ClusterGateOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#deadlines = new DeadlineQueue(endpoint.deadlineMs, (routed) => this.#expire(routed));
  }

  execute<T>(command: RedisCommand<T>, slot: number | undefined, pinned?: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = resolve as (value: unknown) => void;
      const routed = new RoutedCommand(command, { slot, pinned }, settle, reject);
      this.#deadlines.add(routed);
      this.#dispatch(routed);
    });
  }

  /** Sends what waits and can be sent now. */
  flush(): void {
    for (const routed of this.#waiting) this.#dispatch(routed);
  }

  /** Rejects what waits; for one server alone if it is named. */
  close(reason: RedisError, pinned?: string): void {
    for (const routed of this.#waiting) {
      if (pinned !== undefined && routed.pinned !== pinned) continue;
      this.#waiting.delete(routed);
      routed.reject(reason);
    }
  }

  /** Ends its timer: when nothing is under way any more. */
  clear(): void {
    this.#deadlines.clear();
  }

  #dispatch(routed: RoutedCommand): void {
    const link = routed.settled ? undefined : this.#options.linkFor(routed);
    if (link?.writable !== true) {
      if (!routed.settled) this.#waiting.add(routed);
      return;
    }
    this.#waiting.delete(routed);
    routed.sentOn = link;
    // Its reply says nothing: the command's own tells whether it was let in.
    if (routed.asking) link.request(asking).catch(() => {});
    link.send(
      new PendingCommand(
        routed.command,
        (value) => routed.resolve(value),
        (error) => this.#failed(routed, link, error),
      ),
    );
  }

  #failed(routed: RoutedCommand, link: Link, error: Error): void {
    const redirect = redirectOf(error, this.#options.hostOf(link));
    if (redirect === undefined || routed.settled) return routed.reject(error);
    routed.sentOn = undefined;
    routed.redirects += 1;
    if (routed.asking) {
      routed.asking = false;
      routed.pinned = undefined;
    }
    if (redirect.kind === 'ask') {
      const { host, port } = redirect.address;
      routed.asking = true;
      routed.pinned = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    }
    this.#options.onRedirect(redirect);
    // The next map sends it on.
    if (redirect.kind === 'later' || routed.redirects > quickRedirects) this.#waiting.add(routed);
    else this.#dispatch(routed);
  }

  #expire(routed: RoutedCommand): void {
    const { deadlineMs } = this.#endpoint;
    const { name } = routed.command;
    const { sentOn } = routed;
    this.#waiting.delete(routed);
    if (sentOn === undefined) {
      const lastError = this.#options.lastErrorFor(routed);
      routed.reject(commandNotSent(this.#endpoint, name, deadlineMs, lastError));
    } else {
      const error = commandTimedOut(this.#endpoint, name, deadlineMs);
      routed.reject(error);
      // Its reply may still come, behind others that would wait for it; a fresh link is the surer way back.
      sentOn.destroy(error);
    }
  }
}
