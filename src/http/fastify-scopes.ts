import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestScopes } from '../protocols/http-request.js';
import { problemAnswer, type ProblemOptions, tellFailure } from './problem.js';
import { noteFailure, runRequest } from './request-scope.js';

// What is used of Fastify: its own types would make everyone install it.
interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}
interface FastifyReplyLike {
  readonly raw: ServerResponse;
  readonly sent: boolean;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}
type Done = (error?: Error) => void;
interface FastifyLike {
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: Done) => void,
  ): unknown;
  addHook(
    name: 'onError',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, error: Error, done: () => void) => void,
  ): unknown;
}

/**
 * A plugin for Fastify 5 that gives each request a REQUEST scope: `server.register(fastifyScopes(scopes))` before the
 * routes, and in them `scopeOf(request)`. The scope is open until the answer has gone out, or the client: a handler that
 * goes on then finds it closed. It ends with the error the request ended with.
 */
export function fastifyScopes(scopes: RequestScopes) {
  const contexts = new WeakMap<IncomingMessage, AsyncResource>();
  const plugin = (server: FastifyLike, _options: unknown, done: () => void): void => {
    server.addHook('onRequest', ({ raw }, reply, proceed) => {
      runRequest(scopes, raw, reply.raw, () => {
        contexts.set(raw, new AsyncResource('slipway-request'));
        proceed();
      }).catch((error: unknown) => proceed(error as Error));
    });
    // Fastify reads the body in between, on events that know nothing of the request's asynchronous context.
    server.addHook('preValidation', ({ raw }, _reply, proceed) => {
      const context = contexts.get(raw);
      if (context === undefined) proceed();
      else context.runInAsyncScope(proceed);
    });
    server.addHook('onError', (request, _reply, error, proceed) => {
      noteFailure(request, error);
      proceed();
    });
    done();
  };
  // As fastify-plugin does: the hooks are those of the server, and not of a context of the plugin's own.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'slipway-scopes',
  });
}

/** Answers errors in Fastify as docs/errors.md has it: `server.setErrorHandler(fastifyErrors())`. */
export function fastifyErrors(options: ProblemOptions = {}) {
  return (error: unknown, request: FastifyRequestLike, reply: FastifyReplyLike): void => {
    const { statusCode, headers, body } = problemAnswer(error, request.raw, options);
    tellFailure(error, statusCode, options.logger);
    if (reply.sent) return;
    reply.code(statusCode);
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    reply.send(body);
  };
}
