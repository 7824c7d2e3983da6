import type { Component } from '../protocols/component.js';
import { type ComponentReading, readComponent, type ServiceHealth } from './component-health.js';
import type { HttpHealth } from './http-health.js';

/** The body of `GET /health`, in the original's shape with the service's name and version beside it. */
export interface HealthReport {
  /** `healthy`: all serve well. `unhealthy`: none that is enabled serves. `degraded`: in between. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly service: string;
  readonly version?: string;
  /** Each component by its name; a second one of a name gets `-2`. */
  readonly services: Readonly<Record<string, ServiceHealth>>;
  /** Unix seconds. */
  readonly timestamp: number;
}

export interface HealthOptions {
  readonly service: string;
  readonly version?: string;
}

/** The state of all components, as they know it themselves: no connection is opened, no server asked. Never throws. */
export function healthReport(components: Iterable<Component>, options: HealthOptions): HealthReport {
  return reportOf(Array.from(components, readComponent), options);
}

export function reportOf(readings: readonly ComponentReading[], options: HealthOptions): HealthReport {
  const enabled = readings.filter((each) => each.health !== 'disabled');
  const services = new Map<string, ServiceHealth>();
  for (const { name, health } of readings) services.set(freeName(name, services), health);
  return {
    status: enabled.every((each) => each.health === 'healthy')
      ? 'healthy'
      : enabled.some((each) => each.serves)
        ? 'degraded'
        : 'unhealthy',
    service: options.service,
    ...(options.version !== undefined && { version: options.version }),
    services: Object.fromEntries(services),
    timestamp: Math.floor(Date.now() / 1000),
  };
}

/** `GET /health`: 200 when healthy or degraded, 503 when unhealthy. */
export function healthResponse(components: Iterable<Component>, options: HealthOptions): HttpHealth {
  const body = healthReport(components, options);
  return { statusCode: body.status === 'unhealthy' ? 503 : 200, body };
}

export function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name}-${count}`;
  return free;
}
