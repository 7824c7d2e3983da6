import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { type Logger, scopeOf } from '../../../src/index.js';
import { ContentServiceProtocol } from '../content-service.js';
import { DeskError } from '../desk-error.js';
import { essaySchema, type NewEssay } from '../essay.js';

/** In a context of Fastify's where each request has its scope. */
export function essayRoutes(server: FastifyInstance, logger: Logger): void {
  // Bodies are JSON; a browser cannot send that across origins without asking first.
  server.removeContentTypeParser('text/plain');

  server.post('/api/v1/essays', async (request, reply) => {
    const essay = readEssay(request.body);
    const content = await scopeOf(request).get(ContentServiceProtocol);
    reply.code(201);
    return content.createContent(essay);
  });

  server.addHook('onResponse', (request, { statusCode, elapsedTime }, done) => {
    const { method, routeOptions } = request;
    const durationMs = Math.round(elapsedTime);
    logger.info('Request', { method, route: routeOptions.url, statusCode, durationMs });
    done();
  });
}

function readEssay(body: unknown): NewEssay {
  const read = essaySchema.safeParse(body);
  if (read.success) return read.data;
  const fields = read.error.issues.flatMap(describeIssue);
  const message = fields.map(({ field, message: what }) => `${field} ${what}`).join('; ');
  throw new DeskError('INVALID_REQUEST', `${message}.`, { details: { fields } });
}

function describeIssue(issue: z.core.$ZodIssue): { readonly field: string; readonly message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, message: 'is not known' }));
  }
  const field = issue.path.join('.');
  return [
    field === '' ? { field: 'body', message: 'must be a JSON object' } : { field, message: issue.message },
  ];
}
