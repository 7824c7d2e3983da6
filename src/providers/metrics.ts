import { Provider } from '../container/provider.js';
import { MetricSources } from '../observability/metric-source.js';
import {
  createMetrics,
  type MetricsOptions,
  PrometheusMetrics,
} from '../observability/prometheus-metrics.js';
import { Metrics } from '../protocols/metrics.js';
import { Scope } from '../tokens/scope.js';

/**
 * {@link Metrics} of the application's clients, by prom-client: `(await app.get(Metrics)).text()` is the page. Each client is
 * measured from the moment that it is opened.
 */
export function metrics(options: MetricsOptions = {}) {
  return new Provider('metrics')
    .provide(MetricSources, { scope: Scope.APP, create: () => new MetricSources() })
    .provide(PrometheusMetrics, {
      scope: Scope.APP,
      inject: [MetricSources],
      create: (sources) => createMetrics(sources, options),
      release: (made) => made.close(),
    })
    .alias(Metrics, PrometheusMetrics);
}
