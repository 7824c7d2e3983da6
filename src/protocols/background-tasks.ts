import { protocol } from '../tokens/protocol.js';

/** Work of the application's own that goes on beside requests: a poll, a relay. Every application provides it. */
export interface BackgroundTasks {
  /**
   * Begins `work` in the next microtask. `stop()` aborts its signal once open scopes have drained, and waits for it before anything is
   * released. A failure that is not the abort's is told at once as an event and again by `stop()`.
   * @param name stands in events and errors.
   * @throws SlipwayError SLIPWAY_CONTAINER_CLOSED when the application is ending.
   */
  run(name: string, work: (signal: AbortSignal) => Promise<void>): void;
}
export const BackgroundTasks = protocol<BackgroundTasks>()('BackgroundTasks', ['run']);
