import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Contender } from '../measure/race.js';

/** Fewer are over before its clock has got going. */
const leastCommands = 20_000;

/**
 * The server's own benchmark, written in C, with one connection and as many commands in one write as there are callers:
 * how fast the server is.
 */
export function redisBenchmark(port: number, callers: number): Contender {
  return {
    name: 'redis-benchmark',
    run: () => Promise.reject(new Error('It times itself.')),
    async timed(times) {
      const wanted = times * callers;
      const commands = Math.max(wanted, leastCommands);
      const args = ['-p', port, '-c', 1, '-P', callers, '-n', commands, '-d', 100, '-t', 'set,get', '--csv'];
      const { stdout } = await promisify(execFile)('redis-benchmark', args.map(String));
      const rates = [...stdout.matchAll(/^"(?:SET|GET)","([\d.]+)"/gm)].map(([, rate]) => Number(rate));
      if (rates.length !== 2) throw new Error(`redis-benchmark printed no rates:\n${stdout}`);
      return rates.reduce((ms, rate) => ms + (1000 * wanted) / rate, 0);
    },
  };
}
