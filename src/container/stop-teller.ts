import { Writable } from 'node:stream';
import { describeError } from '../errors/describe.js';
import type { Logger } from '../protocols/logger.js';
import {
  type IntakeEvent,
  type LifecycleEvent,
  type ReleaseEvent,
  type TaskEvent,
  containerEvents,
} from './events.js';

/** Tells of a stop while it goes on. */
export interface Teller {
  /** The signal came; what is released from now on is told. */
  begin(signal: NodeJS.Signals): void;
  force(signal: NodeJS.Signals): void;
  /** Tells no more. */
  close(): void;
}

interface Step {
  readonly level: 'info' | 'warn';
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export function tellerOf(to: Writable | Logger | false): Teller {
  if (to === false) return tellerWith(() => {});
  if (to instanceof Writable) return tellerWith(({ text }) => to.write(`${text}\n`));
  return tellerWith(({ level, text, data }) => to[level](text, data));
}

function tellerWith(tell: (step: Step) => unknown): Teller {
  const onRelease = (event: unknown): void => {
    const { token, scope, durationMs, error } = event as ReleaseEvent;
    const data = { token, scope, durationMs };
    if (error === undefined) tell({ level: 'info', text: `${token} released in ${ms(durationMs)}`, data });
    else {
      const text = `${token} not released after ${ms(durationMs)}: ${describeError(error)}`;
      tell({ level: 'warn', text, data });
    }
  };
  const onLifecycle = (event: unknown): void => {
    const { state, durationMs, error } = event as LifecycleEvent;
    const step = stopSteps[state]?.(ms(durationMs));
    if (step === undefined) return;
    const level = error === undefined ? 'info' : 'warn';
    tell({ level, text: step, data: { durationMs } });
  };
  const onIntake = (event: unknown): void => {
    const { intake, state, durationMs, error } = event as IntakeEvent;
    if (state !== 'closed') return;
    const data = { intake, durationMs };
    if (error === undefined) tell({ level: 'info', text: `${intake} closed in ${ms(durationMs)}`, data });
    else {
      const text = `${intake} not closed after ${ms(durationMs)}: ${describeError(error)}`;
      tell({ level: 'warn', text, data });
    }
  };
  const onTask = (event: unknown): void => {
    const { task, durationMs, error } = event as TaskEvent;
    const data = { task, durationMs };
    if (error === undefined) tell({ level: 'info', text: `Background task ${task} ended`, data });
    else tell({ level: 'warn', text: `Background task ${task} failed: ${describeError(error)}`, data });
  };
  return {
    begin(signal) {
      tell({ level: 'info', text: `Stopping on ${signal}`, data: { signal } });
      containerEvents.release.subscribe(onRelease);
      containerEvents.lifecycle.subscribe(onLifecycle);
      containerEvents.intake.subscribe(onIntake);
      containerEvents.task.subscribe(onTask);
    },
    force(signal) {
      tell({ level: 'warn', text: `Forced to end by ${signal}`, data: { signal } });
    },
    close() {
      containerEvents.release.unsubscribe(onRelease);
      containerEvents.lifecycle.unsubscribe(onLifecycle);
      containerEvents.intake.unsubscribe(onIntake);
      containerEvents.task.unsubscribe(onTask);
    },
  };
}

const stopSteps: Partial<Record<LifecycleEvent['state'], (after: string) => string>> = {
  unready: () => 'Not ready any more; work is still taken',
  closing: (after) => `Taking no more work after ${after}`,
  draining: (after) => `Waiting for open scopes after ${after}`,
  drained: (after) => `Waited for open scopes until ${after}`,
  stopped: (after) => `Stopped in ${after}`,
};

function ms(duration: number): string {
  return `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`;
}
