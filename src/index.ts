export { Application, type ApplicationOptions, type Overrides } from './container/application.js';
export {
  type BuildEvent,
  containerEvents,
  type LifecycleEvent,
  type ReleaseEvent,
} from './container/events.js';
export { type BuildContext, type Conditions, type Outcome } from './container/factory.js';
export { Inject, Injectable } from './container/inject.js';
export { BuildError, type ReleaseFailure, StartError, StopError } from './container/lifecycle-errors.js';
export { type OpenScope } from './container/open-scope.js';
export { GraphError, type GraphProblem } from './container/problem.js';
export { type AnyProvider, Provider } from './container/provider.js';
export { type BuiltToken, type StartReport } from './container/report.js';
export { defaultScopes, defineScopes, type ScopeList, skipped } from './container/scopes.js';
export { SlipwayAggregateError } from './errors/aggregate-error.js';
export { type ErrorCode, errorCodes } from './errors/codes.js';
export { PublishError, type PublishOutcome } from './errors/publish-error.js';
export { RedisError } from './errors/redis-error.js';
export { SlipwayError, type SlipwayErrorOptions } from './errors/slipway-error.js';
export { CorrelationId } from './protocols/correlation-id.js';
export { type ContextValues, type Resolver, ScopeRunner } from './protocols/scope-runner.js';
export { all, lazy, named, optional } from './tokens/derived.js';
export { protocol, protocolMembers } from './tokens/protocol.js';
export { Scope } from './tokens/scope.js';
export { type Token, type TokenName, type TokenType, token, tokenName } from './tokens/token.js';
