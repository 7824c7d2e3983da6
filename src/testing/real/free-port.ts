import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { serversError } from '../testing-errors.js';

/**
 * Below the ranges from which Linux (32768) and macOS (49152) take the ports of outgoing connections. A client that
 * keeps dialling a stopped server would otherwise, now and then, be given that very port and connect to itself.
 */
const lowest = 15_000;
const highest = 32_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const given = new Set<number>();

/**
 * A port of 127.0.0.1 on which nothing listens now, and that nobody in this process was given before.
 * @throws SlipwayError SLIPWAY_TESTING_SERVERS if none is found.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(lowest, highest);
    // Two servers that start side by side would otherwise, now and then, be given the same.
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw serversError(
    `No free port between ${lowest} and ${highest} on 127.0.0.1 in 100 attempts. End what listens on so many of them.`,
  );
}
