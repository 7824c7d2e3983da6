import type { FastifyInstance } from 'fastify';
import { loadPage } from './page.js';

export async function pageRoutes(server: FastifyInstance): Promise<void> {
  const { html, contentSecurityPolicy } = await loadPage();
  server.get('/', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', contentSecurityPolicy)
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'no-store')
      .send(html),
  );
}
