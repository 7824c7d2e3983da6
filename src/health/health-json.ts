import type { ServiceHealth } from './component-health.js';
import type { SubjectReading } from './subject.js';

/** The media type of draft-inadarei-api-health-check. */
export const healthJson = 'application/health+json';

type Status = 'pass' | 'warn' | 'fail';

const statuses = {
  healthy: 'pass',
  unhealthy: 'warn',
  disabled: 'pass',
  disconnected: 'fail',
  unknown: 'warn',
} as const satisfies Record<ServiceHealth, Status>;

export interface HealthJsonParts {
  readonly status: Status;
  readonly service: string;
  readonly version: string | undefined;
  /** Why it does not pass. */
  readonly output?: string | undefined;
  readonly readings?: ReadonlyMap<string, SubjectReading>;
  readonly details: boolean;
}

/** A report in the form of the draft: `status`, `serviceId`, `version`, and by component what is known of it. */
export function healthJsonOf(parts: HealthJsonParts): object {
  const { status, service, version, output, readings, details } = parts;
  return {
    status,
    serviceId: service,
    ...(version !== undefined && { version }),
    ...(output !== undefined && { output }),
    ...(readings !== undefined && {
      checks: Object.fromEntries(
        Array.from(readings, ([name, reading]) => [`${name}:state`, [checkOf(name, reading, details)]]),
      ),
    }),
  };
}

export function statusOf({ health, serves }: Pick<SubjectReading, 'health' | 'serves'>): Status {
  return serves || health !== 'unhealthy' ? statuses[health] : 'fail';
}

function checkOf(name: string, reading: SubjectReading, details: boolean): object {
  const { state, since, lastError } = reading;
  return {
    componentId: name,
    componentType: 'component',
    observedValue: state,
    status: statusOf(reading),
    time: new Date().toISOString(),
    ...(details && since !== undefined && { since }),
    ...(details && lastError !== undefined && { output: lastError }),
  };
}

/** Does the header `accept` ask for the draft's form, and not more for plain JSON? */
export function asksForHealthJson(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const wanted = new Map(
    accept
      .slice(0, 1_000)
      .toLowerCase()
      .split(',')
      .map((range) => {
        const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
        const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
        return [type, q === undefined ? 1 : Number(q)];
      }),
  );
  const own = wanted.get(healthJson) ?? 0;
  return own > 0 && own >= (wanted.get('application/json') ?? 0);
}
