import { protocol } from '../tokens/protocol.js';
import { token } from '../tokens/token.js';

/** A check of the service's own: a table that must be there, a disk that must not be full. */
export interface HealthCheck {
  /** What health reports call it. */
  readonly name: string;
  /** Whether the service is ready only while it passes. Default `true`. */
  readonly required?: boolean;
  /** After so long it counts as failed. Milliseconds, default 1000; what is over 2147483647, `Infinity` too, counts as that. */
  readonly timeoutMs?: number;
  /**
   * Passes by returning, with details if it likes; fails by throwing. Never called again before it has ended.
   * @param signal aborts at the timeout.
   */
  check(
    signal: AbortSignal,
  ): void | Readonly<Record<string, unknown>> | PromiseLike<void | Readonly<Record<string, unknown>>>;
}
/** All checks of the application. A service adds its own with `collect: true`. */
export const HealthCheck = token<HealthCheck>()('HealthCheck');

/** What health pages show and how long they remember. */
export interface HealthSettings {
  /** Of the service, in each report. Default: none. */
  readonly version?: string;
  /** Are errors, times and what components tell of themselves shown, where a request does not say? Default: not in production. */
  readonly details?: boolean;
  /** How long what a check said counts as true. Milliseconds, default 1000. */
  readonly cacheMs?: number;
}
export const HealthSettings = token<HealthSettings>()('HealthSettings');

/** What an answer depends on. */
export interface HealthRequest {
  /** The header of that name: where it asks for `application/health+json`, it is that. */
  readonly accept?: string | undefined;
  /** May who asks see errors, times and details? Default: as the settings say. */
  readonly details?: boolean | undefined;
}

/** An answer for any HTTP server. Send it with `cache-control: no-store`. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly contentType: string;
  /** JSON. */
  readonly body: string;
}

/**
 * The service's health, from what components know of their live connections and from checks. No answer opens a
 * connection, takes longer than the longest timeout of a check, or rejects.
 */
export interface Health {
  /** `GET /health`: 503 where nothing serves that is enabled. */
  health(request?: HealthRequest): Promise<HealthAnswer>;
  /** `GET /health/redis`: 503 where it does not serve. */
  redis(request?: HealthRequest): Promise<HealthAnswer>;
  /** `GET /health/kafka`: 503 where the producer does not serve. */
  kafka(request?: HealthRequest): Promise<HealthAnswer>;
  /** `GET /health/<name>` of any component or check; undefined where there is none of that name. */
  component(name: string, request?: HealthRequest): Promise<HealthAnswer | undefined>;
  /** `GET /livez`: 200 for as long as the process answers at all. */
  livez(request?: HealthRequest): Promise<HealthAnswer>;
  /** `GET /readyz`: 503 while the application starts or stops, or while something required does not serve. */
  readyz(request?: HealthRequest): Promise<HealthAnswer>;
}
export const Health = protocol<Health>()('Health', [
  'health',
  'redis',
  'kafka',
  'component',
  'livez',
  'readyz',
]);
