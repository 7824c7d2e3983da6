import { redactSecrets } from '../errors/redact.js';
import type { Component } from '../protocols/component.js';
import type { HealthCheck } from '../protocols/health.js';
import { type ComponentReading, readComponent } from './component-health.js';
import { Observation } from './observation.js';

/** How long a component's server has to tell of itself, and a check that says nothing else, in milliseconds. */
const timeoutMs = 1_000;

/** A reading with what it means for the service. */
export interface SubjectReading extends ComponentReading {
  readonly required: boolean;
  /** How long it may be away before the service is not ready, in milliseconds. */
  readonly graceMs: number;
}

/** What health tells of: a component or a check. */
export interface Subject {
  readonly name: string;
  /** Whether the service is ready only while it serves. */
  readonly required: boolean;
  /** Without waiting where that is possible. Never rejects. */
  read(): Promise<SubjectReading>;
  /** With what its server tells. Never rejects. */
  inspect(): Promise<SubjectReading>;
}

export function componentSubject(component: Component, cacheMs: number): Subject {
  const server =
    component.inspect === undefined
      ? undefined
      : new Observation(() => component.inspect?.(), { timeoutMs, cacheMs });
  const read = (details: Readonly<Record<string, unknown>> = {}): SubjectReading => {
    const reading = readComponent(component);
    return {
      ...reading,
      details: plain({ ...reading.details, ...details }),
      required: component.startup !== 'optional',
      graceMs: component.readinessGraceMs ?? 0,
    };
  };
  return {
    name: readComponent(component).name,
    get required() {
      return component.startup !== 'optional';
    },
    read: () => Promise.resolve(read()),
    inspect: async () => {
      if (server === undefined || !readComponent(component).serves) return read();
      return read((await server.outcome()).details);
    },
  };
}

export function checkSubject(check: HealthCheck, cacheMs: number): Subject {
  const observation = new Observation((signal) => check.check(signal), {
    timeoutMs: check.timeoutMs ?? timeoutMs,
    cacheMs,
  });
  const required = check.required ?? true;
  const read = async (): Promise<SubjectReading> => {
    const { passed, details, error, durationMs, since } = await observation.outcome();
    return {
      name: check.name,
      health: passed ? 'healthy' : 'unhealthy',
      serves: passed,
      state: passed ? 'ready' : 'unavailable',
      since: since.toISOString(),
      reconnects: 0,
      lastError: error,
      details: plain({ ...details, duration_ms: Math.round(durationMs) }),
      required,
      graceMs: 0,
    };
  };
  return { name: check.name, required, read, inspect: read };
}

/**
 * What JSON can say of `details`, without secrets: also those of instances, which show what they hold only as JSON. What
 * is redacted before has no cycles any more and no properties that cannot be read.
 */
function plain(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const told = Object.entries(redactSecrets(details)).flatMap(([key, value]) => {
    try {
      const text = JSON.stringify(value, (_key, each: unknown) =>
        typeof each === 'bigint' ? String(each) : each,
      ) as string | undefined;
      return text === undefined ? [] : [[key, JSON.parse(text) as unknown] as const];
    } catch {
      return [];
    }
  });
  return redactSecrets(Object.fromEntries(told));
}
