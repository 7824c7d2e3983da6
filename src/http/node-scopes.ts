import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RequestScopes } from '../protocols/http-request.js';
import type { Resolver } from '../protocols/scope-runner.js';
import { type ProblemOptions, sendProblem } from './problem.js';
import { runRequest } from './request-scope.js';

/** Answers one request. What it throws is answered as docs/errors.md has it. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  scope: Resolver,
) => void | Promise<void>;

/**
 * A listener for `createServer` of node:http that gives each request a REQUEST scope of its own. The scope is open until
 * the handler has ended and the answer has gone out; it ends with what the handler threw, or with
 * SLIPWAY_HTTP_CLIENT_GONE. Where no scope can be had, as during the stop, the answer is 503.
 */
export function nodeScopes(
  scopes: RequestScopes,
  handler: NodeHandler,
  options: ProblemOptions = {},
): RequestListener {
  const told = { logger: scopes.logger, ...options };
  const tell = (error: unknown, request: IncomingMessage, response: ServerResponse): void => {
    try {
      sendProblem(error, request, response, told);
    } catch (failure) {
      // Nothing that can be sent: better cut than left waiting.
      told.logger?.error('An error could not be answered', { error: failure });
      response.destroy();
    }
  };
  return (request, response) => {
    runRequest(scopes, request, response, async (scope) => {
      try {
        await handler(request, response, scope);
      } catch (error) {
        tell(error, request, response);
        throw error;
      }
    }).catch((error: unknown) => tell(error, request, response));
  };
}
