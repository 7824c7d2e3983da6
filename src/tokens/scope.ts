/**
 * dishka's scopes, from longest-lived to shortest. Entering goes to the next scope that is not skipped; a skipped one
 * is entered by name and otherwise opens and closes with the scope inside it.
 */
export const Scope = {
  /** Skipped: opens with APP. */
  RUNTIME: 'RUNTIME',
  /** The life of the application. */
  APP: 'APP',
  /** Skipped: a connection that carries several requests, such as a WebSocket. */
  SESSION: 'SESSION',
  /** One HTTP request, one message. */
  REQUEST: 'REQUEST',
  ACTION: 'ACTION',
  STEP: 'STEP',
} as const;

export type Scope = (typeof Scope)[keyof typeof Scope];
