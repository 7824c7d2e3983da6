export { slipwayChai } from './chai-plugin.js';
export { leakHooks, type LeakHookOptions, type LeakHooks } from './leaks/leak-hooks.js';
export { stub, type Stub } from './stub.js';
export { type Answers, type Property, property } from './stub-answers.js';
export { testApplication, TestApplication, type TestApplicationOptions } from './test-application.js';
export type { LoggedLine } from './test-log.js';
export type { SettleOptions } from './settle.js';
export type { TestServers } from './test-servers.js';
export type {
  DeadLettered,
  EventKey,
  Handled,
  Notified,
  Published,
  TrackedItem,
} from './tracking/tracked.js';
