import { finished } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CorrelationId, type Resolver, Scope, type ScopeRunner } from '../../../src/index.js';
import { correlationOf, inLogContext } from './correlation.js';

/**
 * A handler that has a REQUEST scope of its own. The scope closes after the reply has gone out, with the error the
 * request ended with, if any.
 */
export function inRequestScope(
  scopes: ScopeRunner,
  answerError: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void,
  handle: (scope: Resolver, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
) {
  return (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    inLogContext(request, async () => {
      try {
        await scopes.runInScope(
          Scope.REQUEST,
          [[CorrelationId, correlationOf(request).id]],
          async (scope) => {
            try {
              reply.send(await handle(scope, request, reply));
              await sent(reply);
            } catch (error) {
              answerError(request, reply, error);
              await sent(reply);
              throw error;
            }
          },
        );
      } catch (error) {
        // No scope could be opened; or it is told already.
        if (!reply.sent) answerError(request, reply, error);
      }
      return reply;
    });
}

/** Also where the client has gone: nothing is left to be sent then. */
async function sent(reply: FastifyReply): Promise<void> {
  await finished(reply.raw).catch(() => {});
}
