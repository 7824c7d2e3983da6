import { token } from '../tokens/token.js';

/** The application's metrics as a page: what `GET /metrics` answers with. */
export interface Metrics {
  /** For the header `content-type`. */
  readonly contentType: string;
  /** In Prometheus' format, with the clients' figures as of now. No server is asked. */
  text(): Promise<string>;
}
/** There where `metrics()` is among the application's providers. */
export const Metrics = token<Metrics>()('Metrics');
