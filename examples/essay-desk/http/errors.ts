import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../../src/index.js';
import { inLogContext, tellCorrelation } from './correlation.js';
import { notFound, problemOf, sendProblem } from './problem.js';

export type AnswerError = (request: FastifyRequest, reply: FastifyReply, error: unknown) => void;

/** Gives every answer its correlation id, every error one shape, and the log a line for each request. */
export function handleErrors(server: FastifyInstance, logger: Logger): AnswerError {
  const answerError: AnswerError = (request, reply, error) => {
    const problem = problemOf(error);
    inLogContext(request, () => {
      if (problem.statusCode >= 500) logger.error('Request failed', { error });
    });
    sendProblem(request, reply, problem);
  };

  server.addHook('onRequest', (request, reply, done) => {
    tellCorrelation(request, reply);
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const durationMs = Math.round(reply.elapsedTime);
    inLogContext(request, () => {
      logger.info('Request', { method, route: routeOptions.url, statusCode: reply.statusCode, durationMs });
    });
    done();
  });
  server.setErrorHandler((error, request, reply) => answerError(request, reply, error));
  server.setNotFoundHandler((request, reply) => sendProblem(request, reply, notFound));
  return answerError;
}
