import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import { fastify } from 'fastify';
import {
  Application,
  CorrelationId,
  createEnvelope,
  createLoggerFactory,
  currentLogContext,
  expressErrors,
  expressNotFound,
  expressScopes,
  fastifyErrors,
  fastifyNotFound,
  fastifyScopes,
  type HttpProblem,
  HttpRequest,
  httpRequestOf,
  infrastructure,
  KafkaPublisherProtocol,
  LoggerFactory,
  loadSettings,
  MemoryKafka,
  nodeScopes,
  Provider,
  RedisError,
  RequestScopes,
  Scope,
  scopeOf,
  token,
  unreadableRequests,
} from '../../src/index.js';
import { MemoryLog } from './memory-log.js';

export interface Work {
  readonly correlationId: string;
  readonly request: HttpRequest;
  publish(): Promise<void>;
}
export const Work = token<Work>()('Work');

/** What the scopes of a test's requests ended with: `undefined` after success. */
class Ends {
  readonly seen: unknown[] = [];
  readonly #watchers = new Set<() => void>();

  add(error: unknown): void {
    this.seen.push(error);
    for (const watch of this.#watchers) watch();
  }

  until(count: number): Promise<readonly unknown[]> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (this.seen.length < count) return;
        this.#watchers.delete(watch);
        resolve(this.seen);
      };
      this.#watchers.add(watch);
      watch();
    });
  }
}

/** An application whose REQUEST scopes hold a {@link Work}. */
export async function makeApplication() {
  const topic = 'works';
  const kafkaName = randomUUID();
  const ends = new Ends();
  const log = new MemoryLog();
  const settings = loadSettings({
    SERVICE_NAME: 'works',
    REDIS_URL: 'memory://',
    KAFKA_BOOTSTRAP_SERVERS: `memory://${kafkaName}`,
  });
  const works = new Provider('works').context(CorrelationId, { scope: Scope.REQUEST }).provide(Work, {
    scope: Scope.REQUEST,
    inject: [CorrelationId, HttpRequest, KafkaPublisherProtocol],
    create: (correlationId, request, kafka) => ({
      correlationId,
      request,
      publish: async () => {
        await kafka.publish(topic, createEnvelope('WORKED', {}, { sourceService: 'works', correlationId }));
      },
    }),
    release: (_work, { error }) => ends.add(error),
  });
  const app = new Application([infrastructure(settings), works]);
  const createLogger = createLoggerFactory({ service: 'works', stream: log });
  app.container.rebind(LoggerFactory).toConstantValue(createLogger);
  await app.start();
  return {
    app,
    ends,
    logged: async () => {
      await createLogger.flush();
      return log.records;
    },
    topic,
    kafka: MemoryKafka.shared(kafkaName),
    scopes: await app.get(RequestScopes),
  };
}

export type Setting = Awaited<ReturnType<typeof makeApplication>>;

/** An error of the service's own. */
class Taken extends Error implements HttpProblem {
  readonly code = 'TAKEN';
  readonly statusCode = 409;
  readonly retryAfterSeconds = 7;
  readonly details = { by: 'eve' };
}

const problems = {
  service: 'works',
  problemOf: (error: unknown) => (error instanceof Taken ? error : undefined),
};

interface Handling {
  readonly path: string;
  /** As a handler has it: what it returns is answered as JSON. */
  readonly handle: (raw: Parameters<typeof scopeOf>[0], body: unknown, setting: Setting) => Promise<unknown>;
}

/** Called when a handler waits for its client to go. */
export const waiting: { entered?: () => void; left?: (outcome: unknown) => void } = {};

const handlings: readonly Handling[] = [
  {
    path: '/work',
    handle: async (request, body, { app }) => {
      const work = await scopeOf(request).get(Work);
      expect(await scopeOf(request).get(Work)).to.equal(work);
      expect(httpRequestOf(request)).to.equal(work.request);
      const createLogger = await app.get(LoggerFactory);
      createLogger('handler').info('at work');
      await work.publish();
      return {
        correlationId: work.correlationId,
        method: work.request.method,
        logged: currentLogContext(),
        body,
      };
    },
  },
  {
    path: '/fail',
    handle: async (request) => {
      await scopeOf(request).get(Work);
      throw new RedisError('SLIPWAY_REDIS_TIMEOUT', { message: 'GET got no reply from redis://cache:6379.' });
    },
  },
  {
    path: '/taken',
    handle: () => Promise.reject(new Taken('Somebody has it.')),
  },
  {
    // Goes on when its client has gone.
    path: '/persist',
    handle: async (request) => {
      const { signal } = httpRequestOf(request);
      const gone = once(signal, 'abort');
      waiting.entered?.();
      await gone;
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
      const work = scopeOf(request).get(Work);
      waiting.left?.(
        await work.then(
          () => 'open',
          (error: unknown) => error,
        ),
      );
      return {};
    },
  },
  {
    path: '/wait',
    handle: async (request) => {
      const { signal } = httpRequestOf(request);
      await scopeOf(request).get(Work);
      const gone = once(signal, 'abort');
      waiting.entered?.();
      await gone;
      return {};
    },
  },
];

interface Kind {
  readonly name: string;
  readonly serve: (setting: Setting) => Promise<Server>;
}

export const httpKinds: readonly Kind[] = [
  {
    name: 'node:http',
    serve: async (setting) => {
      const server = createServer(
        nodeScopes(
          setting.scopes,
          async (request, response) => {
            const handling = handlings.find(({ path }) => path === request.url?.split('?')[0]);
            if (handling === undefined) throw Object.assign(new Error('none'), { statusCode: 404 });
            const chunks: Buffer[] = [];
            for await (const chunk of request) chunks.push(chunk as Buffer);
            const text = Buffer.concat(chunks).toString();
            let body: unknown;
            try {
              body = text === '' ? undefined : (JSON.parse(text) as unknown);
            } catch {
              throw Object.assign(new Error('no JSON'), { statusCode: 400 });
            }
            const answer = await handling.handle(request, body, setting);
            response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
          },
          problems,
        ),
      );
      server.on('clientError', unreadableRequests(problems));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    },
  },
  {
    name: 'Fastify 5',
    serve: async (setting) => {
      const server = fastify({
        clientErrorHandler: unreadableRequests(problems),
        frameworkErrors: fastifyErrors(problems),
        bodyLimit: 1000,
      });
      await server.register(fastifyScopes(setting.scopes));
      server.setErrorHandler(fastifyErrors(problems));
      server.setNotFoundHandler(fastifyNotFound(problems));
      for (const { path, handle } of handlings) {
        server.all(path, (request) => handle(request, request.body, setting));
      }
      await server.listen({ host: '127.0.0.1', port: 0 });
      return server.server;
    },
  },
  {
    name: 'Express 5',
    serve: async (setting) => {
      const server = express();
      server.use(expressScopes(setting.scopes));
      server.use(express.json({ limit: 1000 }));
      for (const { path, handle } of handlings) {
        server.all(path, (request, response, next) => {
          handle(request, request.body as unknown, setting).then((answer) => response.json(answer), next);
        });
      }
      server.use(expressNotFound(problems));
      server.use(expressErrors(problems));
      const listening = server.listen(0, '127.0.0.1');
      await once(listening, 'listening');
      listening.on('clientError', unreadableRequests(problems));
      return listening;
    },
  },
];
