import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { DeskError } from '../desk-error.js';
import { userIdSchema } from '../essay.js';

/** The desk has no accounts: who asks for `/ws?userId=ada` is ada. A service that has some reads its session here. */
export function userOf({ url = '' }: IncomingMessage): string {
  const userId = new URL(url, 'http://desk').searchParams.get('userId');
  const read = userIdSchema.safeParse(userId ?? undefined);
  if (read.success) return read.data;
  const fields = read.error.issues.map(({ message }) => ({ field: 'userId', message }));
  throw new DeskError('INVALID_REQUEST', `userId ${fields[0]?.message}.`, { details: { fields } });
}

/** For those who come to it by plain HTTP. */
export async function notificationRoutes(server: FastifyInstance): Promise<void> {
  server.get('/ws', async (_request, reply) => {
    reply.header('upgrade', 'websocket');
    throw Object.assign(new Error('This address speaks WebSocket alone.'), { statusCode: 426 });
  });
}
