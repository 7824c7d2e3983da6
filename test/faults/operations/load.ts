import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cell } from './cells.js';
import type { Findings } from './findings.js';
import { limits } from './limits.js';
import type { Answer, ServiceProcess } from './service-process.js';

const everyMs = 20;
const enough = 10;

/** Work for a service, 50 times a second, whatever becomes of it. Each answer is held to what is documented. */
export class Load {
  readonly acknowledged: string[] = [];
  /** Neither a yes nor a no: the connection was refused or broken. */
  readonly unanswered: string[] = [];
  refused = 0;
  slowestMs = 0;
  readonly #service: ServiceProcess;
  readonly #cell: Cell;
  readonly #findings: Findings;
  readonly #asked: Promise<void>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(service: ServiceProcess, cell: Cell, findings: Findings) {
    this.#service = service;
    this.#cell = cell;
    this.#findings = findings;
    this.#timer = setInterval(() => this.#asked.push(this.#ask()), everyMs);
  }

  get requests(): number {
    return this.#asked.length;
  }

  /** Resolves once some of it was acknowledged. */
  async going(): Promise<void> {
    const limit = performance.now() + limits.start;
    while (this.acknowledged.length < enough && performance.now() < limit) await sleep(20);
    this.#findings.expect(this.acknowledged.length >= enough, 'no work is acknowledged before the fault');
  }

  /** Resolves when all has been answered. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#asked);
  }

  async #ask(): Promise<void> {
    const id = randomUUID();
    const answer = await this.#service.work(id);
    this.slowestMs = Math.max(this.slowestMs, Math.round(answer.ms));
    this.#findings.expect(answer.ms < limits.answer, 'an answer took too long');
    if (answer.status === 200) this.acknowledged.push(id);
    else if (answer.status === 0) this.unanswered.push(id);
    else {
      this.refused += 1;
      const fault = faultOfRefusal(answer, this.#cell);
      if (fault !== undefined) this.#findings.add(fault);
    }
  }
}

/** What is wrong with an answer that is not 200. */
export function faultOfRefusal(
  { status, body, retryAfter }: Answer,
  { server, when }: Cell,
): string | undefined {
  const told = `work is answered ${status} ${body.replace(/"(timestamp|correlation_id)":"[^"]*"/g, '"$1":…')}`;
  if (status !== 503 && status !== 504) return told;
  if (retryAfter === undefined) return `${told} without retry-after`;
  const { code, correlation_id: correlationId } = (JSON.parse(body) as ErrorAnswer).error;
  if (correlationId === null) return `${told} without correlation_id`;
  const isOfServer = code.startsWith(`SLIPWAY_${server.toUpperCase()}_`);
  // A request that came while the scopes of an application close.
  const isOfStop = when === 'stop' && code === 'SLIPWAY_CONTAINER_CLOSED';
  return isOfServer || isOfStop ? undefined : `${told}, which is not of ${server}`;
}

interface ErrorAnswer {
  readonly error: { readonly code: string; readonly correlation_id: string | null };
}
