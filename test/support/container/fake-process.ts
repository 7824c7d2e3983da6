import { EventEmitter } from 'node:events';
import { runApplication, type Runnable, type RunOptions, type RunProcess } from '../../../src/index.js';
import { MemoryLog } from '../memory-log.js';

/** A process that only notes what is asked of it. */
export class FakeProcess extends EventEmitter implements RunProcess {
  readonly stderr = new MemoryLog();
  readonly exitCodes: number[] = [];

  exit(code: number): void {
    this.exitCodes.push(code);
    this.emit('exited', code);
  }
}

/** Runs `app` on a fake process; `started` resolves when it is up. */
export function runFake<A extends Runnable>(app: A | (() => A | Promise<A>), options: RunOptions<A> = {}) {
  const process = new FakeProcess();
  let told!: () => void;
  const started = new Promise<void>((resolve) => {
    told = resolve;
  });
  const ended = runApplication(app, {
    ...options,
    process,
    onStarted: async (running) => {
      await options.onStarted?.(running);
      told();
    },
  });
  return { process, started, ended };
}
