import type { IncomingMessage } from 'node:http';
import type { Metrics } from '../protocols/metrics.js';

export interface RouteAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A page that is asked for by GET or HEAD, whatever server it is served by. */
export interface HttpRoute {
  /** Whole, from the first `/` on. A last part that is `:name` stands for any one. */
  readonly path: string;
  /**
   * @param name what stood for the last part.
   * @returns `undefined` where there is nothing of that name.
   */
  readonly answer: (
    request: IncomingMessage,
    name: string,
  ) => RouteAnswer | undefined | Promise<RouteAnswer | undefined>;
}

/** `GET /metrics`, for `healthRoutes(app, { routes: [metricsRoute(metrics)] })`. */
export function metricsRoute(metrics: Metrics, path = '/metrics'): HttpRoute {
  return {
    path,
    answer: async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
  };
}
