import { Provider } from '../container/provider.js';
import { createHealth } from '../health/create-health.js';
import { Component } from '../protocols/component.js';
import { Health, HealthCheck, HealthSettings } from '../protocols/health.js';
import { Lifecycle } from '../protocols/lifecycle.js';
import { ServiceSettings } from '../protocols/settings.js';
import { all, optional } from '../tokens/derived.js';
import { Scope } from '../tokens/scope.js';

/**
 * The {@link Health} of the application: its components, its checks, and whether it is about to stop. Part of
 * `infrastructure`.
 */
export function health() {
  return new Provider('health').provide(Health, {
    scope: Scope.APP,
    eager: 'if-used',
    inject: [Lifecycle, all(Component), all(HealthCheck), ServiceSettings, optional(HealthSettings)],
    create: (lifecycle, components, checks, { serviceName, environment }, settings) =>
      createHealth({
        details: environment !== 'production',
        ...settings,
        lifecycle,
        components,
        checks,
        service: serviceName,
      }),
  });
}
