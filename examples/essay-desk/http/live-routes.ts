import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { userIdSchema } from '../essay.js';
import { closeCodes, type LiveUpdates } from './live-updates.js';
import { sendProblem } from './problem.js';

export function liveRoutes(server: FastifyInstance, live: LiveUpdates): void {
  server.route({
    method: 'GET',
    url: '/ws',
    preValidation: refuseOtherOrigins,
    handler: (request, reply) => {
      reply.header('upgrade', 'websocket');
      const message = 'This address speaks WebSocket alone.';
      return sendProblem(request, reply, { statusCode: 426, code: 'UPGRADE_REQUIRED', message });
    },
    wsHandler: (socket, request) => {
      const { userId } = request.query as { readonly userId?: unknown };
      const read = userIdSchema.safeParse(userId);
      if (read.success) live.accept(socket, read.data);
      else socket.close(closeCodes.refused, 'userId is missing or not valid');
    },
  });
}

/** A page of another site must not listen in by its visitor's browser. Other clients send no Origin. */
async function refuseOtherOrigins(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { origin, host } = request.headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  const message = 'WebSockets are for pages of this server alone.';
  await sendProblem(request, reply, { statusCode: 403, code: 'FORBIDDEN_ORIGIN', message });
}
