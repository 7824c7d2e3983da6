import type { Component } from '../protocols/component.js';
import type { Health, HealthAnswer, HealthCheck, HealthRequest } from '../protocols/health.js';
import type { ApplicationPhase } from '../protocols/lifecycle.js';
import type { ServiceHealth } from './component-health.js';
import {
  asksForHealthJson,
  healthJson,
  type HealthJsonParts,
  healthJsonOf,
  statusOf,
} from './health-json.js';
import { freeName, reportOf } from './health-report.js';
import { redisShape, respond } from './http-health.js';
import { ReadinessRecord } from './readiness.js';
import { checkSubject, componentSubject, type Subject, type SubjectReading } from './subject.js';

/** What health is made from. */
export interface HealthSource {
  /** Default: `started`. */
  readonly lifecycle?: { readonly phase: ApplicationPhase };
  readonly components: readonly Component[];
  readonly checks?: readonly HealthCheck[];
  readonly service: string;
  readonly version?: string;
  /** Are errors, times and details shown where a request does not say? Default `false`. */
  readonly details?: boolean;
  /** How long what a check said counts as true. Milliseconds, default 1000. */
  readonly cacheMs?: number;
}

/** The health of what `source` names. `infrastructure()` provides it under the token `Health`. */
export function createHealth(source: HealthSource): Health {
  return new ServiceHealthPages(source);
}

type Readings = ReadonlyMap<string, SubjectReading>;

class ServiceHealthPages implements Health {
  readonly #source: HealthSource;
  readonly #subjects = new Map<string, Subject>();
  readonly #readiness = new ReadinessRecord();

  constructor(source: HealthSource) {
    this.#source = source;
    const { components, checks = [], cacheMs = 1_000 } = source;
    for (const subject of [
      ...components.map((component) => componentSubject(component, cacheMs)),
      ...checks.map((check) => checkSubject(check, cacheMs)),
    ]) {
      this.#subjects.set(freeName(subject.name, this.#subjects), subject);
    }
  }

  async health(request: HealthRequest = {}): Promise<HealthAnswer> {
    const { service, version } = this.#source;
    const readings = await this.#read();
    const named = Array.from(readings, ([name, reading]) => ({ ...reading, name }));
    const report = reportOf(named, { service, ...(version !== undefined && { version }) });
    const status = report.status === 'unhealthy' ? 503 : 200;
    const details = this.#showsDetails(request);
    if (asksForHealthJson(request.accept)) {
      return this.#draft(status, { status: overall[report.status], readings, details });
    }
    const components = Object.fromEntries(named.map((reading) => [reading.name, detailsOf(reading)]));
    return json(status, details ? { ...report, components } : report);
  }

  async redis(request?: HealthRequest): Promise<HealthAnswer> {
    const reading = (await this.#subjects.get('redis')?.inspect()) ?? unused('redis');
    return this.#page(reading, redisShape, request);
  }

  async kafka(request?: HealthRequest): Promise<HealthAnswer> {
    const all = await this.#read(({ name }) => name === 'kafka' || name === 'kafka-consumer');
    const producer = all.get('kafka') ?? unused('kafka');
    const consumers = [...all.values()].filter(({ name }) => name === 'kafka-consumer');
    const shape = {
      running: [producer, ...consumers].some(({ state }) => isRunning(state)),
      producer_connected: producer.serves,
      consumers_count: consumers.filter(({ serves }) => serves).length,
    };
    return this.#page(worst([producer, ...consumers]), shape, request);
  }

  async component(name: string, request?: HealthRequest): Promise<HealthAnswer | undefined> {
    const reading = await this.#subjects.get(name)?.inspect();
    return reading === undefined ? undefined : this.#page({ ...reading, name }, {}, request);
  }

  livez(request: HealthRequest = {}): Promise<HealthAnswer> {
    const status = 'pass';
    return Promise.resolve(
      asksForHealthJson(request.accept)
        ? this.#draft(200, { status, details: false })
        : json(200, { status: 'alive' }),
    );
  }

  async readyz(request: HealthRequest = {}): Promise<HealthAnswer> {
    const readings = await this.#read(({ required }) => required);
    const phase = this.#source.lifecycle?.phase ?? 'started';
    const { isReady, reasons } = this.#readiness.judge(phase, readings);
    const status = isReady ? 200 : 503;
    const details = this.#showsDetails(request);
    if (asksForHealthJson(request.accept)) {
      const output = details && !isReady ? reasons.join(', ') : undefined;
      return this.#draft(status, { status: isReady ? 'pass' : 'fail', output, readings, details });
    }
    return json(status, {
      status: isReady ? 'ready' : 'not ready',
      ...(details && !isReady && { reasons }),
    });
  }

  /** Waits for those alone that are asked for. */
  async #read(isWanted: (subject: Subject) => boolean = () => true): Promise<Readings> {
    const entries = Array.from(this.#subjects)
      .filter(([, subject]) => isWanted(subject))
      .map(async ([name, subject]) => [name, await subject.read()] as const);
    return new Map(await Promise.all(entries));
  }

  #page(
    reading: SubjectReading,
    shape: Readonly<Record<string, unknown>>,
    request: HealthRequest = {},
  ): HealthAnswer {
    const details = this.#showsDetails(request);
    const { statusCode, body } = respond(reading, shape, details);
    if (!asksForHealthJson(request.accept)) return json(statusCode, body);
    const output = details ? reading.lastError : undefined;
    const readings = new Map([[reading.name, reading]]);
    return this.#draft(statusCode, { status: statusOf(reading), output, readings, details });
  }

  #draft(status: 200 | 503, parts: Omit<HealthJsonParts, 'service' | 'version'>): HealthAnswer {
    const { service, version } = this.#source;
    return json(status, healthJsonOf({ ...parts, service, version }), healthJson);
  }

  #showsDetails({ details }: HealthRequest): boolean {
    return details ?? this.#source.details ?? false;
  }
}

const overall = { healthy: 'pass', degraded: 'warn', unhealthy: 'fail' } as const;

/** From the best to the worst. */
const ranks: readonly ServiceHealth[] = ['disabled', 'healthy', 'unknown', 'unhealthy', 'disconnected'];

/** The one that is worst off, under the name of the first. */
function worst(readings: readonly SubjectReading[]): SubjectReading {
  const [first = unused('kafka')] = readings;
  const bad = readings.reduce((a, b) => (ranks.indexOf(b.health) > ranks.indexOf(a.health) ? b : a), first);
  const rest = Object.fromEntries(readings.slice(1).map(({ name, details }) => [name, details]));
  return { ...bad, name: first.name, details: { ...first.details, ...rest } };
}

/** What the application has no use for. */
function unused(name: string): SubjectReading {
  return {
    name,
    health: 'disabled',
    serves: false,
    state: 'disabled',
    since: undefined,
    reconnects: 0,
    lastError: undefined,
    details: {},
    required: false,
    graceMs: 0,
  };
}

function isRunning(state: SubjectReading['state']): boolean {
  return state !== 'disabled' && state !== 'stopping' && state !== 'stopped' && state !== 'unknown';
}

function detailsOf({ state, since, reconnects, lastError, required, details }: SubjectReading): object {
  return {
    ...details,
    state,
    ...(since !== undefined && { since }),
    reconnects,
    required,
    ...(lastError !== undefined && { last_error: lastError }),
  };
}

function json(
  status: 200 | 503,
  body: object,
  contentType = 'application/json; charset=utf-8',
): HealthAnswer {
  return { status, contentType, body: JSON.stringify(body) };
}
