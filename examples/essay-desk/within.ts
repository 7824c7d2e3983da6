import { DeskError } from './desk-error.js';

/** What `work` gives, unless `signal` aborts first. The work goes on all the same; what comes of it then is dropped. */
export async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let give!: () => void;
  const late = new Promise<never>((_resolve, reject) => {
    give = () => reject(new DeskError('SERVICE_UNAVAILABLE', 'The servers behind the desk are too slow.'));
  });
  signal.addEventListener('abort', give);
  if (signal.aborted) give();
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
