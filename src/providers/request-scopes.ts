import { Provider } from '../container/provider.js';
import { CorrelationId } from '../protocols/correlation-id.js';
import { HttpRequest, RequestScopes } from '../protocols/http-request.js';
import { LoggerFactory, silentLogger } from '../protocols/logger.js';
import { ScopeRunner } from '../protocols/scope-runner.js';
import { optional } from '../tokens/derived.js';
import { Scope } from '../tokens/scope.js';
import { token } from '../tokens/token.js';

/** There if the application declares CorrelationId as a value of its requests; then HTTP requests give it too. */
const HttpTakesCorrelationId = token<boolean>()('HttpTakesCorrelationId');

/**
 * A REQUEST scope for each HTTP request: for `nodeScopes`, `fastifyScopes` and `expressScopes`. What lives in it may ask
 * for {@link HttpRequest}, and for `CorrelationId` where the application declares that. Part of `infrastructure`.
 */
export function requestScopes() {
  return new Provider('request-scopes')
    .context(HttpRequest, { scope: Scope.REQUEST })
    .provide(HttpTakesCorrelationId, { value: true, when: ({ has }) => has(CorrelationId) })
    .provide(RequestScopes, {
      scope: Scope.APP,
      eager: 'if-used',
      inject: [ScopeRunner, optional(LoggerFactory), optional(HttpTakesCorrelationId)],
      create: (runner, createLogger, takesCorrelationId = false): RequestScopes => ({
        logger: createLogger?.('http') ?? silentLogger,
        run: (request, work) =>
          takesCorrelationId
            ? runner.runInScope(
                Scope.REQUEST,
                [
                  [HttpRequest, request],
                  [CorrelationId, request.correlationId],
                ],
                work,
              )
            : runner.runInScope(Scope.REQUEST, [[HttpRequest, request]], work),
      }),
    });
}
