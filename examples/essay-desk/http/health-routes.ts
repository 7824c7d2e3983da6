import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  type Component,
  type HttpHealth,
  healthResponse,
  kafkaHealth,
  redisHealth,
} from '../../../src/index.js';

const pages = { redis: redisHealth, kafka: kafkaHealth };

export function healthRoutes(
  server: FastifyInstance,
  components: readonly Component[],
  service: string,
): void {
  server.get('/api/v1/health', (_request, reply) => answer(reply, healthResponse(components, { service })));
  for (const component of components) {
    const page = Object.entries(pages).find(([name]) => name === component.name)?.[1];
    if (page === undefined) continue;
    server.get(`/api/v1/health/${component.name}`, (_request, reply) => answer(reply, page(component)));
  }
}

function answer(reply: FastifyReply, { statusCode, body }: HttpHealth): FastifyReply {
  return reply.code(statusCode).header('cache-control', 'no-store').send(body);
}
