import { type Token, token } from '../tokens/token.js';

/** `starting` until the last intake is open, `stopping` from the moment the stop was asked for. */
export type ApplicationPhase = 'new' | 'starting' | 'started' | 'stopping' | 'stopped';

/** Where the application stands. Every application provides it. */
export interface Lifecycle {
  readonly phase: ApplicationPhase;
  /** What is built of `key` in the application's own scopes; undefined where nothing needed it so far. Builds nothing. */
  built<T>(key: Token<T>): T | undefined;
}
export const Lifecycle = token<Lifecycle>()('Lifecycle');
