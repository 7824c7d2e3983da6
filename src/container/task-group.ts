import { SlipwayError } from '../errors/slipway-error.js';
import type { BackgroundTasks } from '../protocols/background-tasks.js';
import { outsideOfBuilds } from './build.js';
import { before, late } from './deadline.js';
import { containerEvents } from './events.js';
import type { ReleaseFailure } from './lifecycle-errors.js';
import type { StopLimits } from './release.js';

interface Task {
  readonly name: string;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** The background tasks of one application. */
export class TaskGroup implements BackgroundTasks {
  readonly #tasks = new Set<Task>();
  #failures: ReleaseFailure[] = [];
  #ending = false;

  run(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#ending) {
      throw new SlipwayError('SLIPWAY_CONTAINER_CLOSED', {
        message: `The background task '${name}' is not begun: the application is ending. Begin it before, or not at all.`,
        context: { task: name },
      });
    }
    const controller = new AbortController();
    // A factory may begin it: what the task asks the container for later is not asked by that factory.
    const ended = outsideOfBuilds(() => this.#watch(name, work, controller.signal));
    const task: Task = { name, controller, ended: ended.finally(() => this.#tasks.delete(task)) };
    this.#tasks.add(task);
  }

  /**
   * Aborts every task and waits until they have ended. Gives the failures since the begin, those of tasks that do not
   * end in time among them. Afterwards tasks may be begun again unless it is `forGood`.
   */
  async end({ eachMs, deadline }: StopLimits, forGood: boolean): Promise<readonly ReleaseFailure[]> {
    this.#ending = true;
    const startedAt = performance.now();
    const until = Math.min(deadline, startedAt + eachMs);
    const tasks = [...this.#tasks];
    for (const { controller } of tasks) controller.abort(abortReason());
    await Promise.all(tasks.map((task) => this.#endInTime(task, until, startedAt)));
    this.#ending = forGood;
    const failures = this.#failures;
    this.#failures = [];
    return failures;
  }

  async #endInTime(task: Task, until: number, startedAt: number): Promise<void> {
    if ((await before(until, task.ended)) !== late) return;
    this.#tasks.delete(task);
    const elapsedMs = Math.round(performance.now() - startedAt);
    const error = new SlipwayError('SLIPWAY_CONTAINER_TIMEOUT', {
      message: `The background task '${task.name}' did not end within ${elapsedMs} ms of its abort and was left. Let it heed its signal.`,
      context: { task: task.name, elapsedMs },
    });
    this.#failures.push({ token: task.name, error });
  }

  async #watch(
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const startedAt = performance.now();
    let failure: { readonly error: unknown } | undefined;
    // Not at once: the factory that begins it is still on the stack, and could not be waited for.
    await Promise.resolve();
    try {
      await work(signal);
    } catch (error) {
      const isAbort =
        signal.aborted && (error === signal.reason || (error as Error | undefined)?.name === 'AbortError');
      if (!isAbort) {
        failure = { error };
        this.#failures.push({ token: name, error });
      }
    }
    if (containerEvents.task.hasSubscribers) {
      containerEvents.task.publish({ task: name, durationMs: performance.now() - startedAt, ...failure });
    }
  }
}

function abortReason(): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_CLOSED', { message: 'The application is ending.' });
}
