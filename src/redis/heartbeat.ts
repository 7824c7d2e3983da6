import { echo } from './commands/connection.js';
import type { RedisEndpoint } from './endpoint.js';
import { linkLost } from './failures.js';
import type { Link } from './link.js';

/** When a link counts as dead: a PING each `intervalMs`, unanswered for `turns` intervals. */
export interface HeartbeatOptions {
  readonly intervalMs: number;
  readonly turns: number;
}

/**
 * Asks a link for a PONG over and over, until it ends, and ends it where none comes. A link that is dead without being
 * closed (a pulled cable, a dropped mapping in a middlebox) is found by nothing else as long as nobody writes; the same
 * asking keeps middleboxes from dropping an idle link.
 *
 * Each PING has a text of its own that its PONG repeats. A link that lost bytes can answer every command with the reply
 * to another, all of the right kind; this is where it shows.
 *
 * It counts missed turns and not milliseconds, so a process that was busy itself does not blame the link.
 */
export function startHeartbeat(
  link: Link,
  endpoint: RedisEndpoint,
  { intervalMs, turns }: HeartbeatOptions,
): void {
  let waiting = 0;
  let asked = 0;
  const timer = setInterval(() => {
    if (waiting === 0) {
      waiting = 1;
      asked += 1;
      const sentAt = Date.now();
      link.request(echo(`slipway ${asked}`)).then(
        (own) => {
          waiting = 0;
          if (own) link.prove(sentAt);
          else
            link.destroy(linkLost(endpoint, new Error("a PING was answered with another command's reply")));
        },
        () => {
          // An error reply is an answer too, and a link that ends tells so itself.
          waiting = 0;
        },
      );
    } else if (waiting < turns) {
      waiting += 1;
    } else {
      link.destroy(linkLost(endpoint, new Error(`a PING was unanswered for ${intervalMs * turns} ms`)));
    }
  }, intervalMs);
  timer.unref();
  void link.closed.then(() => clearInterval(timer));
}
