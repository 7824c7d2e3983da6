import { type Channel, channel } from 'node:diagnostics_channel';

interface Timed {
  readonly token: string;
  readonly scope: string;
  /** Milliseconds from begin to end. */
  readonly durationMs: number;
  readonly error?: unknown;
}

/** A value was built, or its factory failed. */
export interface BuildEvent extends Timed {
  /** The value came after its build had been given up, and was released at once. */
  readonly late?: true;
}

/** A value was released, or its release failed. */
export type ReleaseEvent = Timed;

/** An application changed its state. */
export interface LifecycleEvent {
  readonly state:
    | 'starting'
    | 'started'
    | 'start-failed'
    | 'stopping'
    /** It tells that it is not ready and still takes work. */
    | 'unready'
    /** Its intakes take no more. */
    | 'closing'
    /** Open scopes are waited for. */
    | 'draining'
    | 'drained'
    | 'stopped';
  /** Milliseconds since `starting` or `stopping`. */
  readonly durationMs: number;
  readonly error?: unknown;
}

/** A background task has ended. */
export interface TaskEvent {
  readonly task: string;
  /** Milliseconds from begin to end. */
  readonly durationMs: number;
  /** Why it failed; absent where it ended by itself or by its abort. */
  readonly error?: unknown;
}

/** An intake has opened or closed, or failed to. */
export interface IntakeEvent {
  readonly intake: string;
  readonly state: 'opened' | 'closed';
  /** Milliseconds from begin to end. */
  readonly durationMs: number;
  readonly error?: unknown;
}

interface TypedChannel<T> extends Omit<Channel, 'publish'> {
  publish(message: T): void;
}

/** What containers tell on `node:diagnostics_channel`. Nothing is computed while nobody subscribes. */
export const containerEvents = {
  build: channel('slipway:container:build') as TypedChannel<BuildEvent>,
  release: channel('slipway:container:release') as TypedChannel<ReleaseEvent>,
  task: channel('slipway:container:task') as TypedChannel<TaskEvent>,
  intake: channel('slipway:container:intake') as TypedChannel<IntakeEvent>,
  lifecycle: channel('slipway:container:lifecycle') as TypedChannel<LifecycleEvent>,
};

/** Tells of a new state, `since` when its `starting` or `stopping` was on the clock of `performance.now()`. */
export function publishState(state: LifecycleEvent['state'], since: number, error?: unknown): void {
  if (!containerEvents.lifecycle.hasSubscribers) return;
  const durationMs = performance.now() - since;
  containerEvents.lifecycle.publish({ state, durationMs, ...(error === undefined ? {} : { error }) });
}
