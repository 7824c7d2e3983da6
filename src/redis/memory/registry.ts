import { MemoryRedisServer } from './memory-redis-server.js';

const serversByName = new Map<string, MemoryRedisServer>();

/** The server behind `memory://<name>`: one in the whole process, made when it is first asked for. */
export function memoryRedis(name: string): MemoryRedisServer {
  let server = serversByName.get(name);
  if (server === undefined) {
    server = new MemoryRedisServer();
    serversByName.set(name, server);
  }
  return server;
}

/** The next who asks for the name gets another server. */
export function forgetMemoryRedis(name: string): void {
  serversByName.delete(name);
}
