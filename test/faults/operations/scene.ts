import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Control } from '../redis/control.js';
import { begin, type Cell, end, idOf, type Place } from './cells.js';
import { type Away, type Ending, faultsOfFailedStart, faultsOfStop } from './ending.js';
import { Findings, until, within } from './findings.js';
import { limits } from './limits.js';
import { Load } from './load.js';
import { faultsOfPages, isTold as isServerTold, isWell, type Truth } from './pages.js';
import { type Places, redisUrl, serviceEnvironment } from './places.js';
import { type Answer, ServiceProcess } from './service-process.js';

/** One cell: its services, its fault, and what was found. */
export class Scene implements AsyncDisposable {
  readonly cell: Cell;
  readonly findings = new Findings();
  readonly told: Record<string, number> = {};
  readonly #places: Places;
  readonly #topic = `work-${randomUUID()}`;
  readonly #services: ServiceProcess[] = [];
  #isFaulty = false;
  /** Work that was refused while all was well, or about to be. */
  #refused = 0;

  constructor(cell: Cell, places: Places) {
    this.cell = cell;
    this.#places = places;
  }

  async begin(): Promise<void> {
    this.#isFaulty = true;
    await begin(this.cell.fault, this.#place);
  }

  async end(): Promise<void> {
    if (!this.#isFaulty) return;
    this.#isFaulty = false;
    await end(this.cell.fault, this.#place);
  }

  launch(env: Readonly<Record<string, string>> = {}): ServiceProcess {
    const service = ServiceProcess.launch({
      ...serviceEnvironment(this.#places),
      WORK_TOPIC: this.#topic,
      KAFKA_GROUP_ID: this.#topic,
      ...env,
    });
    this.#services.push(service);
    return service;
  }

  /** A service that is up and works. */
  async start(): Promise<ServiceProcess> {
    const service = this.launch();
    await within(limits.start, service.untilListening(), 'the start hangs');
    // The consumer may still be joining its group.
    await this.expectPages(service, 'well');
    await this.#expectWork(service);
    return service;
  }

  load(service: ServiceProcess): Load {
    return new Load(service, this.cell, this.findings);
  }

  /** The pages say the truth: at once, or when a client that has just come up has settled. */
  async expectPages(service: ServiceProcess, truth: Truth): Promise<void> {
    let faults: readonly string[] = [];
    const isTrue = async (): Promise<boolean> => {
      faults = await faultsOfPages(service, this.cell, truth);
      return faults.length === 0;
    };
    await until(limits.ready, isTrue, () => faults.join('; '));
  }

  async expectRecovery(service: ServiceProcess): Promise<void> {
    const { server } = this.cell;
    this.told['recovered_ms'] = await until(
      limits.recovered,
      () => isWell(service),
      async () => `${server} is not found again: ${(await service.ask('/api/v1/health')).body}`,
    );
    await this.expectPages(service, 'well');
    await this.#expectWork(service);
  }

  /** @returns milliseconds until health told that some or every component of the server is not well, and readiness too. */
  untilTold(service: ServiceProcess, which: 'some' | 'every'): Promise<number> {
    const { server } = this.cell;
    const isTold = async (): Promise<boolean> =>
      (await isServerTold(service, server, which)) &&
      (which === 'some' || (await service.ask('/readyz')).status === 503);
    return until(
      limits.noticed[server],
      isTold,
      async () => `health does not tell of it: ${(await service.ask('/api/v1/health')).body}`,
    );
  }

  /** A start with a required client that is away: exit code 1, and a line with the address and the cause. */
  async expectFailedStart(service: ServiceProcess): Promise<void> {
    const begunAt = performance.now();
    await within(limits.failedStart, service.ended, 'the start with a required client hangs');
    this.told['failed_in_ms'] = Math.round(performance.now() - begunAt);
    this.findings.add(...(await faultsOfFailedStart(service, this.#away)));
  }

  /** SIGTERM, and the end as documented. */
  async stop(service: ServiceProcess, ending: Ending): Promise<void> {
    service.signal('SIGTERM');
    await this.ended(service);
    await this.expectStop(service, ending);
  }

  /** The end of a service that was sent SIGTERM just now, in time. */
  async ended(service: ServiceProcess): Promise<void> {
    const askedAt = performance.now();
    await within(limits.stop, service.ended, 'the stop hangs');
    this.told['stop_ms'] = Math.max(this.told['stop_ms'] ?? 0, Math.round(performance.now() - askedAt));
  }

  /** How a service has ended that was sent SIGTERM, in which order, and all that it has printed. */
  async expectStop(service: ServiceProcess, ending: Ending): Promise<void> {
    const refused = (ending.refused ?? 0) + this.#refused;
    this.findings.add(...(await faultsOfStop(service, { ...ending, refused }, this.#away)));
  }

  /** Each acknowledged piece of work was written to Redis, and is handled. */
  async expectHandled(ids: readonly string[]): Promise<void> {
    await using control = new Control(redisUrl(this.#places.redis.server.port));
    const missing = async (what: string, from: readonly string[]): Promise<readonly string[]> => {
      const found = await Promise.all(
        from.map((id) => control.ask('EXISTS', `${this.#topic}:${what}:${id}`)),
      );
      return from.filter((_, index) => found[index] !== 1);
    };
    await control.ask('PING');
    this.findings.expect((await missing('seen', ids)).length === 0, 'an acknowledged write is not in Redis');
    let left = ids;
    try {
      await until(
        limits.caughtUp,
        async () => (left = await missing('handled', left)).length === 0,
        () => `${left.length} acknowledged events are not handled`,
      );
    } finally {
      this.told['lost'] = left.length;
    }
  }

  /** What no service caught, for a cell that did not come to its end. */
  uncaught(): readonly string[] {
    const notes = this.#services.flatMap(({ journal }) => journal);
    return notes.flatMap(({ deed, of }) => (deed === 'uncaught' ? [`uncaught ${of}`] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [index, service] of this.#services.entries()) {
      service.kill();
      await service.ended;
      keepPrinted(`${idOf(this.cell)}.${index + 1}`, service);
      await service[Symbol.asyncDispose]();
    }
    await this.end();
  }

  /** Work is done, at once where the machine is not too busy for that. */
  async #expectWork(service: ServiceProcess): Promise<void> {
    let last: Answer | undefined;
    const isDone = async (): Promise<boolean> => {
      last = await service.work(randomUUID());
      if (last.status !== 200) this.#refused += 1;
      return last.status === 200;
    };
    await until(limits.answer, isDone, () => `work gets ${last?.status} while all is well: ${last?.body}`);
  }

  get #place(): Place {
    return this.#places[this.cell.server];
  }

  get #away(): Away {
    return { server: this.cell.server, address: `127.0.0.1:${this.#place.proxy.port}` };
  }
}

/** For whoever looks into a cell: SLIPWAY_FAULT_LOGS names a folder, which has to be there. */
function keepPrinted(name: string, { stdout, stderr, journal }: ServiceProcess): void {
  const folder = process.env['SLIPWAY_FAULT_LOGS'];
  if (folder === undefined) return;
  const notes = journal.map(({ deed, of }) => `${deed} ${of}\n`).join('');
  writeFileSync(join(folder, `${name}.log`), `${stdout}\n${stderr}\n${notes}`);
}
