import type { CommonEndpoint, RedisEndpoint } from './endpoint.js';
import { movingEndpoint } from './moving-endpoint.js';
import { networkEndpoint } from './network-endpoint.js';
import type { NetworkTarget } from './redis-url.js';
import { Sentinels } from './sentinels.js';
import type { TlsOptions } from './tls-options.js';
import { type SentinelTarget, shownNode } from './topology-url.js';

export interface SentinelOptions {
  readonly certificates: TlsOptions | undefined;
  /** Of the sentinels themselves. */
  readonly sentinelPassword: string | undefined;
}

/** The primary that sentinels watch: each connection asks them anew where it is, and holds it to being one. */
export function sentinelEndpoint(
  common: CommonEndpoint,
  target: SentinelTarget,
  { certificates, sentinelPassword }: SentinelOptions,
): RedisEndpoint {
  const { tls, db, username, password } = target;
  const networkTarget = (host: string, port: number, more: Partial<NetworkTarget>): NetworkTarget => ({
    kind: 'network',
    host,
    port,
    tls,
    db: 0,
    username: undefined,
    password: undefined,
    address: `redis${tls ? 's' : ''}://${shownNode({ host, port })}`,
    ...(certificates === undefined ? {} : { certificates }),
    ...more,
  });
  const endpoint = movingEndpoint(common, {
    db,
    username,
    password,
    async locate(signal) {
      const { host, port } = await sentinels.primary(signal);
      return networkTarget(host, port, {});
    },
  });
  const each = target.nodes.map(({ host, port }) => {
    const sentinel = networkTarget(host, port, { password: sentinelPassword });
    return networkEndpoint({ ...common, address: sentinel.address }, sentinel);
  });
  const sentinels = new Sentinels(endpoint, each, target.master);
  return endpoint;
}
