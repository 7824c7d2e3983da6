import type * as Prometheus from 'prom-client';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SlipwayError } from '../errors/slipway-error.js';
import type { Metrics } from '../protocols/metrics.js';
import { BoundedNames } from './bounded-names.js';
import { errorType } from './error-type.js';
import { type MetricSample, type MetricSource, MetricSources } from './metric-source.js';
import { type MetricDefinition, observedMetrics, type SampledMetric, sampledMetrics } from './names.js';
import { optionalPackage } from '../errors/optional-package.js';
import { type Observation, type Observer, type Operation, telemetry } from './telemetry.js';

type Labels = Readonly<Record<string, string>>;

/** prom-client's `Registry`, as far as it is used here. */
export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsOptions {
  /** prom-client's registry to register with, so that a service's own metrics stand on the same page. Default: a new one. */
  readonly registry?: MetricsRegistry;
  /** How many topics have their names in labels; all others are `_OTHER` together. From 0, default 100. */
  readonly maxTopics?: number;
}

const topic = 'messaging_destination_name';
const partition = 'messaging_destination_partition_id';

/**
 * The metrics of `sources` by prom-client. It takes part in the process's telemetry until it is closed.
 * @throws SlipwayError SLIPWAY_OBSERVABILITY_PACKAGE if prom-client cannot be loaded, SLIPWAY_OBSERVABILITY_METRICS for a
 * registry that has metrics of these names already.
 */
export async function createMetrics(
  sources: MetricSources | readonly MetricSource[],
  options: MetricsOptions = {},
): Promise<PrometheusMetrics> {
  const prometheus = await optionalPackage(
    'SLIPWAY_OBSERVABILITY_PACKAGE',
    'prom-client',
    'createMetrics',
    () => import('prom-client'),
  );
  const measured = new MetricSources();
  if (!(sources instanceof MetricSources)) for (const source of sources) measured.add(source);
  return new PrometheusMetrics(sources instanceof MetricSources ? sources : measured, prometheus, options);
}

export class PrometheusMetrics implements Metrics, Observer, Disposable {
  readonly isActive = true;
  readonly #sources: MetricSources;
  readonly #registry: Registry;
  readonly #topics: BoundedNames;
  readonly #sendDuration: Histogram;
  readonly #sent: Counter;
  readonly #processDuration: Histogram;
  readonly #consumed: Counter;
  readonly #commandDuration: Histogram;
  readonly #leave: () => void;
  /** What one scrape has gathered for all its metrics. */
  #gathered: ReadonlyMap<SampledMetric, readonly MetricSample[]> | undefined;

  /** @internal @param prometheus the module, which {@link createMetrics} loads. */
  constructor(
    sources: MetricSources,
    prometheus: typeof Prometheus,
    { registry, maxTopics = 100 }: MetricsOptions = {},
  ) {
    if (!Number.isSafeInteger(maxTopics) || maxTopics < 0) {
      throw invalid(`maxTopics is ${maxTopics}. Give a whole number from 0.`);
    }
    this.#sources = sources;
    this.#registry = (registry as Registry | undefined) ?? new prometheus.Registry();
    this.#topics = new BoundedNames(maxTopics);
    const all = [...Object.values(observedMetrics), ...Object.values(sampledMetrics)];
    const taken = all.find(({ name }) => this.#registry.getSingleMetric(name) !== undefined);
    if (taken !== undefined) {
      throw invalid(
        `The registry has a metric ${taken.name} already. Give each application a registry of its own.`,
      );
    }
    const make = { registers: [this.#registry] };
    const histogram = ({ name, help, labels, buckets = [] }: MetricDefinition): Histogram =>
      new prometheus.Histogram({ ...make, name, help, labelNames: [...labels], buckets: [...buckets] });
    const counter = ({ name, help, labels }: MetricDefinition): Counter =>
      new prometheus.Counter({ ...make, name, help, labelNames: [...labels] });
    this.#sendDuration = histogram(observedMetrics.sendDuration);
    this.#sent = counter(observedMetrics.sent);
    this.#processDuration = histogram(observedMetrics.processDuration);
    this.#consumed = counter(observedMetrics.consumed);
    this.#commandDuration = histogram(observedMetrics.commandDuration);
    for (const [key, { type, name, help, labels }] of Object.entries(sampledMetrics)) {
      const fill = (metric: Counter | Gauge): void => this.#fill(key as SampledMetric, metric);
      const configuration = { ...make, name, help, labelNames: [...labels] };
      if (type === 'gauge') {
        void new prometheus.Gauge({
          ...configuration,
          collect() {
            fill(this);
          },
        });
      } else {
        void new prometheus.Counter({
          ...configuration,
          collect() {
            fill(this);
          },
        });
      }
    }
    this.#leave = telemetry.add(this);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Counts nothing more. Idempotent. */
  close(): void {
    this.#leave();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  begin(operation: Operation): Observation | undefined {
    if (!this.#sources.does(operation.source)) return undefined;
    const begin = performance.now();
    if (operation.kind === 'handle' && operation.isRetry !== true) {
      this.#consumed.inc(this.#messagingLabels(operation));
    }
    return {
      end: ({ failure }) => {
        const seconds = (performance.now() - begin) / 1000;
        this.#count(operation, seconds, failure === undefined ? '' : errorType(failure.error));
      },
    };
  }

  #count(operation: Operation, seconds: number, error_type: string): void {
    const { client, kind, name } = operation;
    if (kind === 'command') {
      const labels = { db_system_name: 'redis', db_operation_name: name, client_id: client, error_type };
      this.#commandDuration.observe(labels, seconds);
      return;
    }
    const labels = { ...this.#messagingLabels(operation), error_type };
    if (kind === 'handle') {
      this.#processDuration.observe(labels, seconds);
      return;
    }
    this.#sendDuration.observe({ ...labels, messaging_operation_name: name }, seconds);
    this.#sent.inc(labels);
  }

  #messagingLabels({ client, destination = '', kind }: Operation): Labels {
    const by = kind === 'handle' ? 'messaging_consumer_group_name' : 'messaging_client_id';
    return { messaging_system: 'kafka', [topic]: this.#topics.of(destination), [by]: client };
  }

  #fill(key: SampledMetric, metric: Counter | Gauge): void {
    metric.reset();
    // All metrics of a page ask within one turn.
    if (this.#gathered === undefined) {
      this.#gathered = this.#gather();
      queueMicrotask(() => {
        this.#gathered = undefined;
      });
    }
    const { labels: names } = sampledMetrics[key];
    for (const { labels, value } of this.#gathered.get(key) ?? []) {
      metric.inc(Object.fromEntries(names.map((name) => [name, labels[name] ?? ''])), value);
    }
  }

  #gather(): ReadonlyMap<SampledMetric, readonly MetricSample[]> {
    const gathered = new Map<SampledMetric, MetricSample[]>();
    for (const sample of this.#sources.samples()) {
      const others = gathered.get(sample.metric) ?? [];
      others.push({ ...sample, labels: this.#bounded(sample.labels) });
      gathered.set(sample.metric, others);
    }
    return gathered;
  }

  #bounded(labels: Labels): Labels {
    const name = labels[topic];
    if (name === undefined) return labels;
    const bounded = this.#topics.of(name);
    return bounded === name ? labels : { ...labels, [topic]: bounded, [partition]: bounded };
  }
}

function invalid(message: string): SlipwayError {
  return new SlipwayError('SLIPWAY_OBSERVABILITY_METRICS', { message });
}
