import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestScopes } from '../protocols/http-request.js';
import {
  loggedAnswer,
  ofAnotherBody,
  type ProblemAnswer,
  type ProblemOptions,
  statusAnswer,
} from './problem.js';
import { correlationOf } from './correlation.js';
import { answered, noteFailure, runRequest } from './request-scope.js';

// What is used of Fastify: its own types would make everyone install it.
interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}
interface FastifyReplyLike {
  readonly raw: ServerResponse;
  readonly sent: boolean;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
  // Of the body's type Fastify knows more, and in `frameworkErrors` less, than can be said here.
  send(...body: never): unknown;
}
type Done = (error?: Error) => void;
interface RouteLike {
  // Fastify declares its `this`, its route's types and more; what passes through is not looked at.
  handler: (this: never, request: never, reply: never) => unknown;
}
interface FastifyLike {
  addHook(name: 'onRoute', hook: (route: RouteLike) => void): unknown;
  addHook(
    name: 'onRequest' | 'preValidation' | 'onResponse',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: Done) => void,
  ): unknown;
  addHook(
    name: 'onError',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, error: Error, done: () => void) => void,
  ): unknown;
}

/**
 * A plugin for Fastify 5 that gives each request a REQUEST scope: `server.register(fastifyScopes(scopes))` before the
 * routes, and in them `scopeOf(request)`. The scope is open until the handler has ended and the answer has gone out, or the
 * client. It ends with the error the request ended with.
 */
export function fastifyScopes(scopes: RequestScopes) {
  const contexts = new WeakMap<IncomingMessage, AsyncResource>();
  const handling = new WeakMap<IncomingMessage, Promise<unknown>>();
  const inContext = ({ raw }: FastifyRequestLike, _reply: FastifyReplyLike, proceed: Done): void => {
    const context = contexts.get(raw);
    if (context === undefined) proceed();
    else context.runInAsyncScope(proceed);
  };
  const plugin = (server: FastifyLike, _options: unknown, done: () => void): void => {
    server.addHook('onRequest', ({ raw }, reply, proceed) => {
      runRequest(scopes, raw, reply.raw, async () => {
        contexts.set(raw, new AsyncResource('slipway-request'));
        proceed();
        await answered(reply.raw);
        await handling.get(raw);
      }).catch((error: unknown) => proceed(error as Error));
    });
    // Fastify reads the body and sees the answer go out on events that know nothing of the request's context.
    server.addHook('preValidation', inContext);
    server.addHook('onResponse', inContext);
    // Nobody else tells when a handler ends whose client has gone.
    server.addHook('onRoute', (route) => {
      const handler = route.handler as (this: unknown, ...args: unknown[]) => unknown;
      route.handler = function (this: unknown, ...args: unknown[]) {
        const result = handler.apply(this, args);
        // Handlers of other kinds, WebSockets', are given something else first.
        const request = args[0] as FastifyRequestLike;
        if (contexts.has(request.raw)) {
          const ended = Promise.resolve(result).catch((error: unknown) => noteFailure(request, error));
          handling.set(request.raw, ended);
        }
        return result;
      };
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

/**
 * Answers errors in Fastify as docs/errors.md has it: `server.setErrorHandler(fastifyErrors())`, and the option
 * `frameworkErrors` for requests that Fastify refuses before that.
 */
export function fastifyErrors(options: ProblemOptions = {}) {
  return (error: unknown, request: FastifyRequestLike, reply: FastifyReplyLike): void => {
    const answer = loggedAnswer(error, request.raw, options);
    if (!reply.sent) send(reply, answer);
  };
}

/** Answers what no route is for, in the same shape: `server.setNotFoundHandler(fastifyNotFound())`. */
export function fastifyNotFound(options: ProblemOptions = {}) {
  return ({ raw }: FastifyRequestLike, reply: FastifyReplyLike): void => {
    send(reply, statusAnswer(404, correlationOf(raw).original, options));
  };
}

function send(reply: FastifyReplyLike, { statusCode, headers, body }: ProblemAnswer): void {
  reply.code(statusCode);
  for (const name of ofAnotherBody) reply.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.send(...([body] as never));
}
