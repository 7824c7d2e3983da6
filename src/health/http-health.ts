import { redactSecrets } from '../errors/redact.js';
import type { Component } from '../protocols/component.js';
import { type ComponentReading, readComponent } from './component-health.js';

/** An answer to a health request, for any HTTP server: `body` is to be sent as JSON. */
export interface HttpHealth {
  readonly statusCode: 200 | 503;
  readonly body: object;
}

/**
 * `GET /health/<component>`: 200 while it serves or is disabled, 503 with a `detail` otherwise. What the component tells
 * of itself in `details` stands beside its state.
 */
export function componentHealth(component: Component): HttpHealth {
  return respond(readComponent(component), {});
}

/**
 * `GET /health/redis`, in the original's shape: `status`, `service`, `timestamp`, and `version`, `connected_clients`,
 * `used_memory_human`, which are `null` unless the component knows them without asking.
 */
export function redisHealth(component: Component): HttpHealth {
  return respond(readComponent(component), redisShape);
}

export const redisShape = { version: null, connected_clients: null, used_memory_human: null } as const;

/**
 * `GET /health/kafka`, in the original's shape: `status`, `service`, `running`, `producer_connected`, `consumers_count`.
 * @param components among which consumers are counted: those that serve and tell a `group_id` in their details. Give all
 * of the application's.
 */
export function kafkaHealth(component: Component, components: Iterable<Component> = [component]): HttpHealth {
  const reading = readComponent(component);
  const consumers = Array.from(components, readComponent).filter(
    (each) => each.serves && each.details['group_id'] !== undefined,
  );
  return respond(reading, {
    running: !['disabled', 'stopping', 'stopped', 'unknown'].includes(reading.state),
    producer_connected: reading.serves && reading.details['group_id'] === undefined,
    consumers_count: consumers.length,
  });
}

/** @param withDetails whether errors, times and what the component tells of itself beyond `shape` are part of it. */
export function respond(
  reading: ComponentReading,
  shape: Readonly<Record<string, unknown>>,
  withDetails = true,
): HttpHealth {
  const { name, health, serves, state, since, reconnects, details } = reading;
  const up = serves || health === 'disabled';
  const lastError = withDetails ? reading.lastError : undefined;
  const told = Object.entries(redactSecrets(details)).filter(([key]) => withDetails || key in shape);
  return {
    statusCode: up ? 200 : 503,
    body: {
      ...shape,
      ...Object.fromEntries(told),
      status: health,
      service: name,
      state,
      ...(withDetails && since !== undefined && { since }),
      ...(withDetails && { reconnects }),
      ...(lastError !== undefined && { last_error: lastError }),
      ...(!up && { detail: `${name} is ${state}${lastError === undefined ? '' : `: ${lastError}`}` }),
      timestamp: new Date().toISOString(),
    },
  };
}
