import type { CorrelationId } from './correlation-id.js';
import type { Logger } from './logger.js';
import type { RunningScope } from './scope-runner.js';
import { token } from '../tokens/token.js';

/** The HTTP request that a REQUEST scope was opened for: what its factories may ask for. */
export interface HttpRequest {
  readonly method: string;
  /** With its query, without a host. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** A UUID, for logs and events. */
  readonly correlationId: CorrelationId;
  /**
   * Aborted when the client goes before it has its answer, and when the application stops and waits no longer: what then
   * throws the signal's reason is answered 503.
   */
  readonly signal: AbortSignal;
}
export const HttpRequest = token<HttpRequest>()('HttpRequest');

/** Opens the scopes of HTTP requests. The provider `requestScopes()`, part of `infrastructure`, makes it. */
export interface RequestScopes {
  /** For what happens after the answer has gone out. */
  readonly logger: Logger;
  /** Runs `work` in a REQUEST scope that knows the request and its correlation id. Rejects as `ScopeRunner.runInScope`. */
  run<R>(request: HttpRequest, work: (scope: RunningScope) => R | Promise<R>): Promise<R>;
}
export const RequestScopes = token<RequestScopes>()('RequestScopes');
