import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { ScopeRunner } from '../../../src/index.js';
import { ContentServiceProtocol } from '../content-service.js';
import { DeskError } from '../desk-error.js';
import { essaySchema, type NewEssay } from '../essay.js';
import type { AnswerError } from './errors.js';
import { inRequestScope } from './request-scope.js';

export function essayRoutes(server: FastifyInstance, scopes: ScopeRunner, answerError: AnswerError): void {
  // Bodies are JSON; a browser cannot send that across origins without asking first.
  server.removeContentTypeParser('text/plain');

  server.post(
    '/api/v1/essays',
    inRequestScope(scopes, answerError, async (scope, request, reply) => {
      const essay = readEssay(request.body);
      const content = await scope.get(ContentServiceProtocol);
      const created = await content.createContent(essay);
      reply.code(201);
      return created;
    }),
  );
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
