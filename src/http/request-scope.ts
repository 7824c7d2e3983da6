import type { IncomingMessage, ServerResponse } from 'node:http';
import { SlipwayError } from '../errors/slipway-error.js';
import type { HttpRequest, RequestScopes } from '../protocols/http-request.js';
import type { Resolver } from '../protocols/scope-runner.js';
import { correlationHeader, correlationOf, inRequestLog } from './correlation.js';

/** A request of node:http or Express, or one of Fastify, which holds it as `raw`. */
export type RequestLike = IncomingMessage | { readonly raw: IncomingMessage };

interface OpenRequest {
  readonly request: HttpRequest;
  readonly scope: Resolver;
  /** What the request ended with, where a framework keeps that to itself. */
  failure?: unknown;
}

const open = new WeakMap<IncomingMessage, OpenRequest>();

function rawOf(request: RequestLike): IncomingMessage {
  return 'raw' in request ? request.raw : request;
}

function openOf(request: RequestLike): OpenRequest {
  const found = open.get(rawOf(request));
  if (found !== undefined) return found;
  throw new SlipwayError('SLIPWAY_HTTP_NO_SCOPE', {
    message:
      'This request has no scope. Register fastifyScopes or expressScopes before the routes, or serve it by nodeScopes.',
  });
}

/**
 * The REQUEST scope of a request: `await scopeOf(request).get(ContentServiceProtocol)`.
 * @throws SlipwayError SLIPWAY_HTTP_NO_SCOPE
 */
export function scopeOf(request: RequestLike): Resolver {
  return openOf(request).scope;
}

/**
 * The request as its scope knows it: its correlation id, and the signal that aborts when the client goes.
 * @throws SlipwayError SLIPWAY_HTTP_NO_SCOPE
 */
export function httpRequestOf(request: RequestLike): HttpRequest {
  return openOf(request).request;
}

/** The scope's releases shall know that the request failed. */
export function noteFailure(request: RequestLike, error: unknown): void {
  const found = open.get(rawOf(request));
  if (found !== undefined) found.failure ??= error;
}

/**
 * Runs `work` in a scope of the request's own, with its correlation id in the answer and in every line that is logged.
 * The scope is open until `work` has ended and the answer has gone out, or the client. Never rejects once `work` was called.
 * @param work rejects with what the scope ends with.
 */
export async function runRequest(
  scopes: RequestScopes,
  message: IncomingMessage,
  response: ServerResponse,
  work: (scope: Resolver) => unknown,
): Promise<void> {
  const { uuid: correlationId, original } = correlationOf(message);
  if (!response.headersSent) response.setHeader(correlationHeader, original);
  const client = new AbortController();
  // Not `writableFinished`: of an answer that Fastify's inject() takes, it is never true.
  let isSent = response.writableFinished;
  const onFinish = (): void => {
    isSent = true;
  };
  const onClose = (): void => {
    if (!isSent) client.abort(clientGone(message));
  };
  response.once('finish', onFinish);
  response.once('close', onClose);
  const request: HttpRequest = {
    method: message.method ?? '',
    url: message.url ?? '',
    headers: message.headers,
    correlationId,
    signal: client.signal,
  };
  let begun = false;
  let ended: unknown;
  try {
    await inRequestLog(message, () =>
      scopes.run(request, async (scope) => {
        begun = true;
        const state: OpenRequest = { request, scope };
        open.set(message, state);
        try {
          await Promise.all([work(scope), answered(response)]);
          if (state.failure !== undefined) throw state.failure as unknown;
          client.signal.throwIfAborted();
        } catch (error) {
          ended = error;
          throw error;
        }
      }),
    );
  } catch (error) {
    if (!begun) throw error;
    // What the request ended with was told by whoever answered it; the end of its scope tells nobody.
    if (error !== ended) {
      inRequestLog(message, () => scopes.logger.error('The scope of a request did not close', { error }));
    }
  } finally {
    response.off('finish', onFinish);
    response.off('close', onClose);
  }
}

/** Resolves when the answer has gone out, or nobody is there to take it. */
export function answered(response: ServerResponse): Promise<void> {
  if (response.closed || response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => void response.once('close', () => resolve()));
}

function clientGone({ method, url }: IncomingMessage): SlipwayError {
  const path = url?.split('?')[0];
  return new SlipwayError('SLIPWAY_HTTP_CLIENT_GONE', {
    message: `The client of ${method} ${path} went before it had its answer.`,
    context: { method, path },
  });
}
