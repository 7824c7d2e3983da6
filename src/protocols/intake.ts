import { token } from '../tokens/token.js';

/** What brings work in: an HTTP server, a consumer, a timer that begins jobs. */
export interface Intake {
  /** Stands in events and errors. */
  readonly name: string;
  /**
   * Begins to take work. Called once everything of the application is built, so that scopes can be entered.
   * @param signal aborts when the start is given up.
   */
  open(signal: AbortSignal): void | PromiseLike<void>;
  /**
   * Takes no more work, at once; what was taken may enter scopes and come to its end. Resolves when all of it has.
   * Called only after {@link open} was, also where that failed or was given up.
   * @param signal aborts when nobody waits longer: cut what is left then.
   */
  close(signal: AbortSignal): void | PromiseLike<void>;
}
/** All intakes of the application. A service adds its own with `collect: true`. */
export const Intake = token<Intake>()('Intake');
