import type { FastifyInstance } from 'fastify';
import type { Page } from './page.js';

export function pageRoutes(server: FastifyInstance, { html, contentSecurityPolicy }: Page): void {
  server.get('/', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', contentSecurityPolicy)
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'no-store')
      .send(html),
  );
}
