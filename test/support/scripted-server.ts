import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** The chunks it was sent. */
  readonly received: readonly string[];
}

/** A server that answers each chunk it receives as `answer` says. */
export async function startScriptedServer(
  answer: (socket: Socket, request: string) => void,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      const request = bytes.toString();
      received.push(request);
      answer(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** `+OK` for each request of a chunk: what the driver's handshake is content with. */
export function okForEach(request: string): string {
  return '+OK\r\n'.repeat(request.split(/^\*/m).length - 1);
}
