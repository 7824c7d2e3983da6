import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestScopes } from '../protocols/http-request.js';
import { correlationOf } from './correlation.js';
import { type ProblemOptions, sendProblem, statusAnswer } from './problem.js';
import { noteFailure, runRequest } from './request-scope.js';

type Next = (error?: unknown) => void;

/**
 * Middleware for Express 5 that gives each request a REQUEST scope: `app.use(expressScopes(scopes))` before the routes,
 * and in them `scopeOf(request)`. The scope is open until the answer has gone out, or the client: a handler that goes on
 * then finds it closed.
 */
export function expressScopes(scopes: RequestScopes) {
  return (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    runRequest(scopes, request, response, () => next()).catch(next);
  };
}

/**
 * Answers errors in Express as docs/errors.md has it, and lets the scope end with them: `app.use(expressErrors())` after the
 * routes.
 */
export function expressErrors(options: ProblemOptions = {}) {
  // Express knows middleware for errors by its four parameters.
  return (error: unknown, request: IncomingMessage, response: ServerResponse, _next: Next): void => {
    noteFailure(request, error);
    sendProblem(error, request, response, options);
  };
}

/** Answers what no route was for, in the same shape: `app.use(expressNotFound())` after the routes. */
export function expressNotFound(options: ProblemOptions = {}) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { statusCode, headers, body } = statusAnswer(404, correlationOf(request).original, options);
    response.writeHead(statusCode, headers).end(body);
  };
}
