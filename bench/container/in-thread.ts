// Runs the asynchronous hand-written scope class in a thread of its own. Node 20 tells AsyncLocalStorage of every
// promise of a thread once one is used in it, which more than doubles what a promise costs: code that has none must not
// pay for the one in the container it is compared with.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { type Contender, timed } from '../measure/race.js';
import { checked } from './contestant.js';
import { handWrittenAsync } from './hand-written.js';

/** {@link handWrittenAsync} in its own thread. */
export function handWrittenApart(): { readonly contender: Contender; readonly stop: () => Promise<unknown> } {
  const worker = new Worker(new URL(import.meta.url));
  const contender: Contender = {
    name: 'hand',
    run() {
      throw new Error('This contender times itself.');
    },
    async timed(times) {
      // eslint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
      worker.postMessage(times);
      const [elapsedMs] = (await once(worker, 'message')) as [number];
      return elapsedMs;
    },
  };
  return { contender, stop: () => worker.terminate() };
}

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const contestant = await checked(handWrittenAsync());
  for (;;) {
    const [times] = (await once(port, 'message')) as [number];
    port.postMessage(await timed(contestant, times));
  }
}

if (!isMainThread && parentPort !== null) await serve(parentPort);
