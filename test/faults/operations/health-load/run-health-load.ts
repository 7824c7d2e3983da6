import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../../../support/child.js';
import type { TcpProxy } from '../../../support/tcp-proxy.js';
import type { Result } from '../../suite.js';
import { Findings } from '../findings.js';
import { type Figures, figuresPath } from './figures.js';
import type { Generated } from './generator.js';

export interface LoadSize {
  /** Of one slice. The service and the plain server have their slices in turn. */
  readonly seconds: number;
  readonly slices: number;
  readonly requestsPerSecond: number;
  readonly limits: {
    readonly p50Ms: number;
    readonly p99Ms: number;
    /** How late a timer of 10 ms comes in the service: the 99th percentile, and the 90th. */
    readonly lagP99Ms: number;
    readonly lagP90Ms: number;
    readonly answeredPerSecond: number;
    readonly heapGrowthMb: number;
    /** What an answer computes, in that of the plain server. */
    readonly timesPlainCpu: number;
  };
}

const folder = 'build/test/faults/operations/health-load';
const paths = ['/health', '/readyz', '/api/v1/health'];
/** Its reconnects, of which each takes a while and is followed by a pause. */
const connectionsPerSecond = 2;

interface Slice {
  readonly generated: Generated;
  readonly figures: Figures;
  readonly cpuMs: number;
}

/** All slices of one server. */
class Measured {
  readonly latencies: number[] = [];
  readonly statuses: Record<string, number> = {};
  planned = 0;
  elapsedMs = 0;
  lagP99Ms = 0;
  lagP90Ms = 0;
  sentLateMs = 0;
  cpuMs = 0;

  add({ generated, figures, cpuMs }: Slice): void {
    this.cpuMs += cpuMs;
    this.latencies.push(...generated.latencies);
    for (const [status, count] of Object.entries(generated.statuses))
      this.statuses[status] = (this.statuses[status] ?? 0) + count;
    this.planned += generated.planned;
    this.elapsedMs += generated.elapsedMs;
    this.lagP99Ms = Math.max(this.lagP99Ms, figures.lagP99Ms);
    this.lagP90Ms = Math.max(this.lagP90Ms, figures.lagP90Ms);
    this.sentLateMs = Math.max(this.sentLateMs, generated.sentLateP99Ms);
  }

  percentile(part: number): number {
    const sorted = this.latencies.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  }

  get cpuMsEach(): number {
    return this.cpuMs / this.planned;
  }

  get rps(): number {
    return Math.round((this.latencies.length * 1_000) / this.elapsedMs);
  }

  figures(prefix: string): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries({
        rps: this.rps,
        p50_ms: this.percentile(0.5),
        p99_ms: this.percentile(0.99),
        max_ms: this.percentile(1),
        lag_p99_ms: this.lagP99Ms,
        cpu_us: this.cpuMsEach * 1_000,
        sent_late_p99_ms: this.sentLateMs,
      }).map(([name, value]) => [`${prefix}${name}`, rounded(value)]),
    );
  }
}

/** Pages of health at a fixed rate, and Redis swallowed by the network while they are asked. */
export async function runHealthLoad(size: LoadSize, proxy: TcpProxy): Promise<Result> {
  const findings = new Findings();
  await using service = launch('service.js', {
    SERVICE_NAME: 'measured',
    REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    LOG_LEVEL: 'error',
  });
  await using plain = launch('plain-server.js', {});
  const [serviceUrl, plainUrl] = await Promise.all([addressOf(service), addressOf(plain)]);
  const [ofService, ofPlain] = [new Measured(), new Measured()];
  const connectedBefore = proxy.accepted;
  const heapBytes: number[] = [];
  const beganAt = performance.now();
  for (let slice = 0; slice < size.slices; slice += 1) {
    // In the middle of the first slice: noticing it must not be slow either.
    const measured = await loadOf(serviceUrl, size, slice === 0 ? () => proxy.blackHole() : undefined);
    ofService.add(measured);
    heapBytes.push(measured.figures.heapBytes);
    ofPlain.add(await loadOf(plainUrl, size));
  }
  const seconds = (performance.now() - beganAt) / 1_000;
  const connections = proxy.accepted - connectedBefore;
  const growthMb = ((heapBytes.at(-1) ?? 0) - (heapBytes[0] ?? 0)) / 2 ** 20;
  judge(size, ofService, ofPlain, findings);
  findings.expect(growthMb < size.limits.heapGrowthMb, `the heap grew by ${growthMb.toFixed(1)} MB`);
  findings.expect(
    connections <= seconds * connectionsPerSecond + 2,
    `${connections} connections to Redis in ${seconds.toFixed(0)} s`,
  );
  const readiness = await fetch(`${serviceUrl}/readyz`, { headers: { connection: 'close' } });
  await readiness.text();
  findings.expect(readiness.status === 503, `/readyz is ${readiness.status} without Redis`);
  service.signal('SIGTERM');
  const { code } = await service.ended;
  findings.expect(code === 0, `it exits with ${code}: ${service.stderr.slice(-300)}`);
  return {
    id: 'operations.health-load',
    ok: findings.areNone,
    wrong: findings.told,
    requests: ofService.planned,
    ...ofService.figures(''),
    ...ofPlain.figures('plain_'),
    connections,
    seconds: rounded(seconds),
    heap_growth_mb: rounded(growthMb),
    ...Object.fromEntries(
      Object.entries(ofService.statuses).map(([status, count]) => [`status_${status}`, count]),
    ),
  };
}

function judge({ limits }: LoadSize, service: Measured, plain: Measured, findings: Findings): void {
  const hold = (what: string, value: number, limit: number): void =>
    findings.expect(value < limit, `${what} is ${value.toFixed(1)}, and the limit ${limit}`);
  hold('p50 in ms', service.percentile(0.5), limits.p50Ms);
  hold('p99 in ms', service.percentile(0.99), limits.p99Ms);
  hold('how late the event loop is in ms, p99,', service.lagP99Ms, limits.lagP99Ms);
  hold('how late the event loop is in ms, p90,', service.lagP90Ms, limits.lagP90Ms);
  hold('computing beside the plain server', service.cpuMsEach / plain.cpuMsEach, limits.timesPlainCpu);
  findings.expect(service.rps >= limits.answeredPerSecond, `${service.rps} requests a second were answered`);
  findings.expect(service.latencies.length === service.planned, 'not every request has an answer');
  const others = Object.keys(service.statuses).filter((status) => status !== '200' && status !== '503');
  findings.expectNone(others, 'other answers');
}

function launch(file: string, env: Readonly<Record<string, string>>): Child {
  return new Child(process.execPath, [`${folder}/${file}`], { env });
}

async function addressOf(server: Child): Promise<string> {
  const [, url = ''] = await server.until(/Listening on (\S+)/);
  return url;
}

async function loadOf(
  url: string,
  { seconds, requestsPerSecond }: LoadSize,
  onset?: () => void,
): Promise<Slice> {
  await using generator = launch('generator.js', {
    URL_ASKED: url,
    PATHS: paths.join(),
    RATE: String(requestsPerSecond),
    SECONDS: String(seconds),
  });
  await generator.until(/Counting/);
  // What the warm-up took is forgotten.
  const { cpuMs: cpuMsBefore } = await figuresOf(url);
  if (onset !== undefined) {
    await sleep((seconds * 1_000) / 3);
    onset();
  }
  const { code } = await generator.ended;
  if (code !== 0) throw new Error(`The generator exits with ${code}: ${generator.stderr}`);
  const figures = await figuresOf(url);
  const generated = JSON.parse(generator.stdout) as Generated;
  return { generated, figures, cpuMs: figures.cpuMs - cpuMsBefore };
}

async function figuresOf(url: string): Promise<Figures> {
  const response = await fetch(`${url}${figuresPath}`, { headers: { connection: 'close' } });
  return (await response.json()) as Figures;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
