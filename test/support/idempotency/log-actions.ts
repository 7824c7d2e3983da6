import type { LogContext, LoggerFactory } from '../../../src/index.js';

/** A logger that keeps the `action` of each line. */
export class LogActions {
  readonly actions: string[] = [];
  readonly factory: LoggerFactory = () => {
    const note = (_message: string, context?: LogContext): void => {
      const action = context?.['action'];
      if (typeof action === 'string') this.actions.push(action);
    };
    return { debug: note, info: note, warn: note, error: note };
  };
}
