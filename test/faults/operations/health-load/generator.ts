// Asks pages at a fixed rate, whatever becomes of the answers, over connections that are kept. A latency counts from the
// moment at which the request was to be sent: what waits for a busy server, or for this process, counts as waiting.
import { Agent, get } from 'node:http';

/** What it prints in the end, as JSON. */
export interface Generated {
  readonly planned: number;
  /** Answers by status; 0: none. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Milliseconds, one for each answer. */
  readonly latencies: readonly number[];
  /** How late this process sent, the 99th percentile. Milliseconds. */
  readonly sentLateP99Ms: number;
  readonly elapsedMs: number;
}

const { URL_ASKED = '', PATHS = '/', RATE = '1000', WARM_UP_MS = '1000', SECONDS = '3' } = process.env;
const paths = PATHS.split(',');
const everyMs = 1_000 / Number(RATE);
const warmUpMs = Number(WARM_UP_MS);
const endMs = warmUpMs + Number(SECONDS) * 1_000;

const agent = new Agent({ keepAlive: true, maxSockets: Infinity, noDelay: true });
const statuses: Record<string, number> = {};
const latencies: number[] = [];
const late: number[] = [];
const beganAt = performance.now();
let sent = 0;
let planned = 0;
let isCounting = false;

function ask(path: string, plannedAt: number, counts: boolean): Promise<void> {
  if (counts) {
    planned += 1;
    late.push(performance.now() - plannedAt);
  }
  return new Promise((resolve) => {
    const end = (status: number): void => {
      if (counts) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status !== 0) latencies.push(performance.now() - plannedAt);
      }
      resolve();
    };
    const request = get(`${URL_ASKED}${path}`, { agent }, (response) => {
      response.once('end', () => end(response.statusCode ?? 0));
      response.resume();
    });
    request.once('error', () => end(0));
  });
}

const asked: Promise<void>[] = [];
await new Promise<void>((resolve) => {
  const tick = (): void => {
    const now = performance.now() - beganAt;
    for (let at = sent * everyMs; at <= now && at < endMs; at = sent * everyMs) {
      if (!isCounting && at >= warmUpMs) {
        isCounting = true;
        process.stderr.write('Counting\n');
      }
      asked.push(ask(paths[sent % paths.length] ?? '/', beganAt + at, isCounting));
      sent += 1;
    }
    if (now < endMs) setTimeout(tick, 1);
    else resolve();
  };
  tick();
});
await Promise.all(asked);
agent.destroy();
late.sort((a, b) => a - b);
const generated: Generated = {
  planned,
  statuses,
  latencies: latencies.map((ms) => Math.round(ms * 100) / 100),
  sentLateP99Ms: late[Math.floor(late.length * 0.99)] ?? 0,
  elapsedMs: performance.now() - beganAt - warmUpMs,
};
process.stdout.write(JSON.stringify(generated));
