import type { IncomingMessage, ServerResponse } from 'node:http';
import { Health, type HealthAnswer, type HealthRequest } from '../protocols/health.js';
import type { Resolver } from '../protocols/scope-runner.js';
import { correlationHeader, correlationOf } from './correlation.js';
import type { HttpRoute, RouteAnswer } from './http-route.js';
import { type ProblemAnswer, problemAnswer, statusAnswer } from './problem.js';

export interface HealthRouteOptions {
  /** Stands before `/health`. Default `/api/v1`, as in the original. `/livez` and `/readyz` have none. */
  readonly prefix?: string;
  /** May who asks see errors, times and details? Default: as `HealthSettings` say. */
  readonly details?: (request: IncomingMessage) => boolean;
  /** More pages beside these: `metricsRoute(metrics)`. */
  readonly routes?: readonly HttpRoute[];
}

/** The pages, for each kind of server. */
export interface HealthRoutes {
  /** For node:http. False: the request is for another page, and untouched. Never rejects. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Middleware for Express 5: `app.use(pages.express)`. */
  readonly express: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  /** A plugin for Fastify 5: `server.register(pages.fastify)`. */
  readonly fastify: (server: FastifyLike, options: unknown, done: () => void) => void;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}
interface FastifyLike {
  get(
    path: string,
    handler: (request: { readonly raw: IncomingMessage }, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown;
}

/**
 * `GET /livez`, `/readyz`, and below the prefix `/health`, `/health/redis`, `/health/kafka` and `/health/<component>`, for
 * node:http, Express and Fastify. Answers open no scope and no connection, so that they tell the truth during start and
 * stop too.
 * @param source a started application, or its {@link Health}.
 */
export function healthRoutes(source: Resolver | Health, options: HealthRouteOptions = {}): HealthRoutes {
  const routes = [...pagesOf(source, options), ...(options.routes ?? [])];
  const node = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { method = '', url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const found = find(routes, url.split('?', 1)[0] ?? '');
    if (found === undefined) return false;
    send(await answerOf(found.route, request, found.name), request, response);
    return true;
  };
  return {
    node,
    express: (request, response, next) => {
      void node(request, response).then((answered) => {
        if (!answered) next();
      });
    },
    fastify: (server, _options, done) => {
      for (const route of routes) {
        server.get(route.path, async ({ raw }, reply) => {
          const path = (raw.url ?? '').split('?', 1)[0] ?? '';
          const { statusCode, headers, body } = await answerOf(route, raw, lastPart(path));
          reply.code(statusCode);
          for (const [name, value] of Object.entries(headers)) reply.header(name, value);
          return reply.send(body);
        });
      }
      done();
    },
  };
}

function pagesOf(
  source: Resolver | Health,
  { prefix = '/api/v1', details }: HealthRouteOptions,
): readonly HttpRoute[] {
  const health = async (): Promise<Health> => ('get' in source ? source.get(Health) : source);
  const page = (
    path: string,
    ask: (from: Health, request: HealthRequest, name: string) => Promise<HealthAnswer | undefined>,
  ): HttpRoute => ({
    path,
    answer: async (request, name) =>
      ask(
        await health(),
        { accept: request.headers.accept, ...(details === undefined ? {} : { details: details(request) }) },
        name,
      ),
  });
  return [
    page('/livez', (from, request) => from.livez(request)),
    page('/readyz', (from, request) => from.readyz(request)),
    page(`${prefix}/health`, (from, request) => from.health(request)),
    page(`${prefix}/health/redis`, (from, request) => from.redis(request)),
    page(`${prefix}/health/kafka`, (from, request) => from.kafka(request)),
    page(`${prefix}/health/:name`, (from, request, name) => from.component(name, request)),
  ];
}

function find(
  routes: readonly HttpRoute[],
  path: string,
): { readonly route: HttpRoute; readonly name: string } | undefined {
  const exact = routes.find((each) => each.path === path);
  if (exact !== undefined) return { route: exact, name: '' };
  const parent = path.slice(0, path.lastIndexOf('/'));
  const open = routes.find((each) => each.path === `${parent}/:name`);
  const name = lastPart(path);
  return open === undefined || name === '' ? undefined : { route: open, name };
}

/** As it was meant; a text that cannot be decoded is the name of nothing. */
function lastPart(path: string): string {
  const text = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function answerOf(route: HttpRoute, request: IncomingMessage, name: string): Promise<ProblemAnswer> {
  const { original } = correlationOf(request);
  try {
    const answer: RouteAnswer | undefined = await route.answer(request, name);
    if (answer === undefined) return statusAnswer(404, original);
    return {
      statusCode: answer.status,
      headers: {
        'content-type': answer.contentType,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        [correlationHeader]: original,
      },
      body: answer.body,
    };
  } catch (error) {
    return problemAnswer(error, request);
  }
}

function send(
  { statusCode, headers, body }: ProblemAnswer,
  { method }: IncomingMessage,
  response: ServerResponse,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(statusCode, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? undefined : body);
}
