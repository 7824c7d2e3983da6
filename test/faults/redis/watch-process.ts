import { openResources } from '../../support/redis-helpers.js';

const turns = 100;
const turnMs = 10;

/** What a run must not leave behind in this process. */
export interface ProcessWatch extends Disposable {
  /** Promises that rejected and nobody heard. */
  readonly unhandled: number;
  /**
   * Sockets, timers and the like that were not open in the beginning, as far as they do not close within a second, which
   * is counted in turns: what closes needs some, and a machine that stood still for a second gave it none.
   */
  leftOpen(): Promise<readonly string[]>;
}

export async function watchProcess(): Promise<ProcessWatch> {
  const before = await openResources();
  let unhandled = 0;
  const note = (): void => void (unhandled += 1);
  process.on('unhandledRejection', note);
  return {
    get unhandled() {
      return unhandled;
    },
    async leftOpen() {
      for (let turn = 0; ; turn += 1) {
        const more = await openResources();
        for (const kind of before) {
          const index = more.indexOf(kind);
          if (index !== -1) more.splice(index, 1);
        }
        if (more.length === 0 || turn === turns) return more;
        await new Promise((resolve) => setTimeout(resolve, turnMs));
      }
    },
    [Symbol.dispose]() {
      process.off('unhandledRejection', note);
    },
  };
}
