import type { Component, ComponentState } from '../protocols/component.js';
import type { SampledMetric } from './names.js';

export interface MetricSample {
  readonly metric: SampledMetric;
  readonly value: number;
  /** A label that the metric has and the sample does not is empty. Samples of the same labels are added. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A client that can be asked for its figures at any moment. */
export interface MetricSource {
  /** What its operations name as their source. */
  readonly operations: object;
  /** From live stats: nothing is asked of a server. */
  samples(): Iterable<MetricSample>;
}

/** The clients of an application that are measured, in the order they were opened. */
export class MetricSources {
  readonly #sources = new Set<MetricSource>();
  readonly #operations = new Set<object>();

  add(source: MetricSource): void {
    this.#sources.add(source);
    this.#operations.add(source.operations);
  }

  /** Does one of them do such an operation? */
  does(source: object): boolean {
    return this.#operations.has(source);
  }

  *samples(): Generator<MetricSample> {
    for (const source of this.#sources) yield* source.samples();
  }
}

/** Samples that share their labels: `metric` is the name of each, and its value is taken from `values`. */
export function samplesOf(
  values: Readonly<Partial<Record<SampledMetric, number>>>,
  labels: Readonly<Record<string, string>>,
): MetricSample[] {
  return Object.keys(values).map((name) => {
    const metric = name as SampledMetric;
    return { metric, value: values[metric] ?? 0, labels };
  });
}

const states: readonly ComponentState[] = [
  'starting',
  'ready',
  'degraded',
  'unavailable',
  'disabled',
  'stopping',
  'stopped',
];

export function componentSamples({ name, status }: Component, clientId: string): MetricSample[] {
  const labels = { component: name, client_id: clientId };
  return [
    ...states.map((state) => ({
      metric: 'componentState' as const,
      value: state === status.state ? 1 : 0,
      labels: { ...labels, state },
    })),
    ...samplesOf({ componentReconnects: status.reconnects }, labels),
  ];
}
