import type { IncomingMessage } from 'node:http';
import { SlipwayError } from '../errors/slipway-error.js';
import type { ProblemOptions } from './problem.js';

export interface NotificationOptions {
  /**
   * Whose notifications may this request have? The user's id, or nothing (all that is no string) for 401. What it throws is answered as an error.
   * @param signal aborts when the client goes, and after `authenticateTimeoutMs`.
   */
  readonly authenticate: (
    request: IncomingMessage,
    signal: AbortSignal,
  ) => string | undefined | Promise<string | undefined>;
  /** Where WebSockets are taken. Default `/ws`. */
  readonly path?: string;
  /**
   * Pages of which other origins may connect: `https://app.example`, as browsers send it. Default: none. Pages of the host
   * that is asked always may, and so do clients that send no `Origin`, which no browser is.
   */
  readonly allowedOrigins?: readonly string[];
  /** Milliseconds, default 5000. */
  readonly authenticateTimeoutMs?: number;
  /** From so much that waits in one socket on, its subscription is not read. Bytes, default 65536. */
  readonly maxBufferedBytes?: number;
  /** A socket that takes nothing for so long while something waits is cut. Milliseconds, default 10000. */
  readonly stuckAfterMs?: number;
  /** How many notifications wait in Redis' client for a socket that is slow; the oldest give way. Default 256. */
  readonly capacity?: number;
  /** A socket that does not answer a ping until the next is cut. Milliseconds, default 30000. */
  readonly pingEveryMs?: number;
  /** How long `close()` waits for clients to answer. Milliseconds, default 1000. */
  readonly closeTimeoutMs?: number;
  /** The largest frame that is read; clients have nothing to send. Bytes, default 4096. */
  readonly maxPayloadBytes?: number;
  /** Sockets at a time, with those that `authenticate` is asked about; more are answered 503. Default 10000. */
  readonly maxSockets?: number;
  /** Stands in the bodies of errors. */
  readonly service?: string;
  /** How the service's own errors are told, those of `authenticate` among them. */
  readonly problemOf?: NonNullable<ProblemOptions['problemOf']>;
}

const defaults = {
  path: '/ws',
  allowedOrigins: [] as readonly string[],
  authenticateTimeoutMs: 5_000,
  maxBufferedBytes: 65_536,
  stuckAfterMs: 10_000,
  capacity: 256,
  pingEveryMs: 30_000,
  closeTimeoutMs: 1_000,
  maxPayloadBytes: 4_096,
  maxSockets: 10_000,
};

export type ResolvedNotificationOptions = typeof defaults & NotificationOptions;

export function resolveOptions(options: NotificationOptions): ResolvedNotificationOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved = { ...defaults, ...(Object.fromEntries(given) as Partial<NotificationOptions>) };
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value === 'number' && !(value >= 1 && value <= 2 ** 31 - 1))
      throw invalid(`${name} is ${value}, and has to be from 1 to 2147483647.`);
  }
  const wrong = resolved.allowedOrigins.find((each) => !URL.canParse(each) || new URL(each).origin !== each);
  if (wrong !== undefined)
    throw invalid(
      `allowedOrigins has ${JSON.stringify(wrong)}, which is no origin as browsers send it: https://app.example.`,
    );
  if (!resolved.path.startsWith('/'))
    throw invalid(`path is ${JSON.stringify(resolved.path)}, and has to begin with /.`);
  return { ...resolved, authenticate: options.authenticate };
}

function invalid(what: string): SlipwayError {
  return new SlipwayError('SLIPWAY_HTTP_OPTIONS', { message: `The option ${what}` });
}

/** Does a page that may connect ask, or a client that is no browser? */
export function isAllowedOrigin({ headers, socket }: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  // Without TLS here a proxy may end it, and pages of either kind are those of the host.
  const protocols = 'encrypted' in socket ? ['https:'] : ['http:', 'https:'];
  return page.host === host && protocols.includes(page.protocol);
}
