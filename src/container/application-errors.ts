import { SlipwayError } from '../errors/slipway-error.js';
import type { ApplicationPhase } from '../protocols/lifecycle.js';
import { BuildError } from './lifecycle-errors.js';

/** `opening` and `leaving`: all is built, and scopes can be entered; intakes open, or tell that they close. */
export type ApplicationState =
  'new' | 'starting' | 'opening' | 'started' | 'leaving' | 'stopping' | 'stopped';

const phases = {
  new: 'new',
  starting: 'starting',
  opening: 'starting',
  started: 'started',
  leaving: 'stopping',
  stopping: 'stopping',
  stopped: 'stopped',
} as const satisfies Record<ApplicationState, ApplicationPhase>;

export function phaseOf(state: ApplicationState): ApplicationPhase {
  return phases[state];
}

export function canEnter(state: ApplicationState): boolean {
  return state === 'started' || state === 'opening' || state === 'leaving';
}

/** The application was asked for `name`, or for a scope, while it did not run. */
export function notRunningError(state: ApplicationState, name?: string): SlipwayError {
  if (state === 'stopping' || state === 'stopped') return stoppedError(name);
  return new SlipwayError('SLIPWAY_CONTAINER_NOT_STARTED', {
    message: `${name === undefined ? 'No scope can be entered' : `${name} cannot be had`}: the application is not started. Await start() first.`,
    context: name === undefined ? {} : { key: name },
  });
}

/** The application is stopping, or has stopped. */
export function stoppedError(name?: string): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_CLOSED', {
    message: `${name === undefined ? 'Nothing can be started or entered' : `${name} cannot be had`}: the application is stopping or stopped. Make a new one.`,
    context: name === undefined ? {} : { key: name },
  });
}

/** stop() ended a start. */
export function stoppedStartError(): BuildError {
  return new BuildError('SLIPWAY_CONTAINER_BUILD', {
    path: [],
    sentence: 'stop() was called before start() had ended.',
    cause: stoppedError(),
  });
}
