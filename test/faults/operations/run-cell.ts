import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../suite.js';
import { Control } from '../redis/control.js';
import { begin, type Cell, end, type Place, type ServerName } from './cells.js';
import { type Answer, ServiceProcess } from './service-process.js';

export type Places = Readonly<Record<ServerName, Place>>;

/** Limits, each with room for a busy machine; what is documented is shorter. */
const startMs = 45_000;
const noticeMs = 30_000;
const recoverMs = 60_000;
const stopMs = 40_000;
/** Of a page of health: it waits for a check's timeout of 1 s at most. */
const pageMs = 5_000;
/** Of POST /work: the deadlines below, and as much again. */
const answerMs = 15_000;
const outageMs = 4_000;
const everyMs = 20;

/** Collects what is not as documented. */
class Findings {
  readonly wrong: string[] = [];

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) this.wrong.push(otherwise);
  }
}

export async function runCell(cell: Cell, places: Places): Promise<Result> {
  const begunAt = performance.now();
  const run = new CellRun(cell, places);
  try {
    await run[cell.when]();
  } catch (error) {
    run.findings.wrong.push(String(error));
  } finally {
    await run.clear();
  }
  const { wrong } = run.findings;
  return {
    id: `operations.${cell.when}.${cell.server}.${cell.fault}`,
    ok: wrong.length === 0,
    wrong: wrong.join('; ') || undefined,
    ...run.told,
    took_ms: Math.round(performance.now() - begunAt),
  };
}

class CellRun {
  readonly findings = new Findings();
  readonly told: Record<string, number> = {};
  readonly #cell: Cell;
  readonly #places: Places;
  readonly #topic = `work-${randomUUID()}`;
  readonly #services: ServiceProcess[] = [];
  #isFaulty = false;

  constructor(cell: Cell, places: Places) {
    this.#cell = cell;
    this.#places = places;
  }

  /** Without the server a required client fails the start, and an optional one does not. */
  async boot(): Promise<void> {
    await this.#begin();
    if (this.#cell.fault !== 'recovered') {
      const required = this.#launch();
      const { code } = await this.#within(startMs, required.ended, 'the start with a required client hangs');
      this.findings.expect(code === 1, `a failed start exits with ${code}`);
      const line = required.stderr.trim();
      this.findings.expect(line.startsWith('[SLIPWAY_') && line.includes('127.0.0.1'), `it says: ${line}`);
    }
    const service = this.#launch({ REDIS_REQUIRED: 'false', KAFKA_REQUIRED: 'false' });
    await this.#within(startMs, service.untilListening(), 'the start with an optional client hangs');
    await this.#expectPages(service, { readyz: 200 });
    const refused = await this.#work(service, 'early');
    this.findings.expect(refused.status === 503 || refused.status === 504, `work gets ${refused.status}`);
    this.told['refused_in_ms'] = Math.round(refused.ms);
    if (this.#cell.fault === 'recovered') {
      await this.#end();
      await this.#expectRecovery(service);
      this.findings.expect(
        (await this.#work(service, 'late')).status === 200,
        'no work is done after the return',
      );
    }
    await this.#stop(service);
  }

  /** Readiness tells of it, and of the end of it. */
  async idle(): Promise<void> {
    const service = await this.#start();
    await this.#begin();
    const noticedMs = await service.untilStatus('/readyz', 503, noticeMs);
    if (noticedMs !== undefined) this.told['noticed_ms'] = noticedMs;
    this.findings.expect(noticedMs !== undefined, '/readyz does not tell');
    await this.#expectPages(service, { readyz: 503 });
    if (this.#cell.fault === 'recovered') {
      await this.#end();
      await this.#expectRecovery(service);
    }
    await this.#stop(service);
  }

  /** Every request is answered in time, and what was acknowledged is handled. */
  async load(): Promise<void> {
    const service = await this.#start();
    const load = this.#load(service);
    await sleep(500);
    await this.#begin();
    await sleep(outageMs);
    await this.#expectPages(service, {});
    await this.#end();
    await this.#expectRecovery(service);
    await load.end();
    await this.#expectHandled(load.acknowledged);
    await this.#stop(service);
  }

  /** It stops in time; what was taken is answered, and what was acknowledged is handled by the next. */
  async stop(): Promise<void> {
    const service = await this.#start();
    const load = this.#load(service);
    await sleep(500);
    await this.#begin();
    service.signal('SIGTERM');
    if (this.#cell.fault === 'recovered') await this.#end();
    const { code } = await this.#within(stopMs, service.ended, 'the stop hangs');
    this.findings.expect(code === 0, `it exits with ${code}: ${service.stderr.slice(-500)}`);
    await load.end();
    await this.#end();
    const next = await this.#start();
    await this.#expectHandled(load.acknowledged);
    await this.#stop(next);
  }

  async clear(): Promise<void> {
    for (const service of this.#services) await service[Symbol.asyncDispose]();
    await this.#end();
  }

  get #place(): Place {
    return this.#places[this.#cell.server];
  }

  #launch(env: Readonly<Record<string, string>> = {}): ServiceProcess {
    const { redis, kafka } = this.#places;
    const service = ServiceProcess.launch({
      SERVICE_NAME: 'work',
      WORK_TOPIC: this.#topic,
      KAFKA_GROUP_ID: this.#topic,
      KAFKA_AUTO_OFFSET_RESET: 'earliest',
      KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${kafka.proxy.port}`,
      KAFKA_DELIVERY_TIMEOUT_MS: '4000',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      REDIS_URL: `redis://127.0.0.1:${redis.proxy.port}`,
      REDIS_DEADLINE_MS: '1500',
      LOG_LEVEL: 'error',
      PORT: '0',
      ...env,
    });
    this.#services.push(service);
    return service;
  }

  async #start(): Promise<ServiceProcess> {
    const service = this.#launch();
    await this.#within(startMs, service.untilListening(), 'the start hangs');
    const readyMs = await service.untilStatus('/readyz', 200, startMs);
    this.findings.expect(readyMs !== undefined, 'it is not ready after the start');
    const first = await this.#work(service, `first-${randomUUID()}`);
    this.findings.expect(first.status === 200, `work gets ${first.status} before the fault: ${first.body}`);
    return service;
  }

  async #stop(service: ServiceProcess): Promise<void> {
    const askedAt = performance.now();
    service.signal('SIGTERM');
    const { code } = await this.#within(stopMs, service.ended, 'the stop hangs');
    this.told['stop_ms'] = Math.round(performance.now() - askedAt);
    this.findings.expect(code === 0, `it exits with ${code}: ${service.stderr.slice(-500)}`);
    this.findings.expect(/Stopped in /.test(service.stderr), 'the steps of the stop are not told');
  }

  #work(service: ServiceProcess, id: string): Promise<Answer> {
    return service.ask(`/work?id=${id}`, 'POST');
  }

  async #begin(): Promise<void> {
    this.#isFaulty = true;
    await begin(this.#cell.fault, this.#place);
  }

  async #end(): Promise<void> {
    if (!this.#isFaulty) return;
    this.#isFaulty = false;
    await end(this.#cell.fault, this.#place);
  }

  async #expectPages(service: ServiceProcess, { readyz }: { readonly readyz?: number }): Promise<void> {
    for (const [path, status] of [
      ['/livez', 200],
      ['/readyz', readyz],
      ['/health', undefined],
    ] as const) {
      const answer = await service.ask(path);
      this.findings.expect(answer.ms < pageMs, `${path} took ${Math.round(answer.ms)} ms`);
      const isExpected = status === undefined ? answer.status > 0 : answer.status === status;
      this.findings.expect(isExpected, `${path} is ${answer.status}: ${answer.body}`);
    }
  }

  async #expectRecovery(service: ServiceProcess): Promise<void> {
    const { server } = this.#cell;
    const begunAt = performance.now();
    const isWell = async (): Promise<boolean> => {
      const { body } = await service.ask('/health');
      const services = body === '' ? {} : (JSON.parse(body) as { services: Record<string, string> }).services;
      const names = server === 'redis' ? ['redis'] : ['kafka', 'kafka-consumer'];
      return names.every((name) => services[name] === 'healthy');
    };
    while (!(await isWell())) {
      if (performance.now() - begunAt > recoverMs) {
        this.findings.wrong.push(`${server} is not found again: ${(await service.ask('/health')).body}`);
        return;
      }
      await sleep(100);
    }
    this.told['recovered_ms'] = Math.round(performance.now() - begunAt);
    const readyMs = await service.untilStatus('/readyz', 200, recoverMs);
    this.findings.expect(readyMs !== undefined, 'it is not ready again');
  }

  #load(service: ServiceProcess) {
    const acknowledged: string[] = [];
    const asked: Promise<void>[] = [];
    const timer = setInterval(() => {
      const id = randomUUID();
      const answered = this.#work(service, id).then(({ status, ms, body }) => {
        if (status === 200) acknowledged.push(id);
        // 0: refused or cut, which only a service that has stopped listening may do.
        const isKnown = [0, 200, 503, 504].includes(status) && (status !== 0 || this.#cell.when === 'stop');
        this.findings.expect(isKnown, `work gets ${status}: ${body}`);
        this.findings.expect(ms < answerMs, `work took ${Math.round(ms)} ms`);
      });
      asked.push(answered);
    }, everyMs);
    return {
      acknowledged,
      end: async (): Promise<void> => {
        clearInterval(timer);
        await Promise.all(asked);
        this.told['requests'] = asked.length;
        this.told['acknowledged'] = acknowledged.length;
        this.findings.expect(acknowledged.length > 0, 'nothing was acknowledged');
      },
    };
  }

  /** Each acknowledged piece of work was written to Redis and is handled. */
  async #expectHandled(ids: readonly string[]): Promise<void> {
    await using control = new Control(`redis://127.0.0.1:${this.#places.redis.server.port}`);
    const begunAt = performance.now();
    let missing: readonly string[] = ids;
    while (missing.length > 0 && performance.now() - begunAt < recoverMs) {
      const found = await Promise.all(
        missing.map((id) => control.ask('EXISTS', `${this.#topic}:handled:${id}`)),
      );
      missing = missing.filter((_, index) => found[index] !== 1);
      if (missing.length > 0) await sleep(100);
    }
    this.told['lost'] = missing.length;
    this.findings.expect(missing.length === 0, `${missing.length} acknowledged events are lost`);
  }

  async #within<T>(limitMs: number, work: Promise<T>, otherwise: string): Promise<T> {
    const limit = new AbortController();
    const late = sleep(limitMs, undefined, { signal: limit.signal }).then(() => {
      throw new Error(otherwise);
    });
    late.catch(() => {});
    try {
      return await Promise.race([work, late]);
    } finally {
      limit.abort();
    }
  }
}
