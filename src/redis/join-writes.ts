import type { RedisStream } from './endpoint.js';

/**
 * Makes one write of all text that is written to a stream in one tick. The system calls are what many callers would wait
 * for; corking the stream saves these alone, for it hands over as many pieces as there are commands.
 */
export function joinWritesOfTick(stream: RedisStream): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let text = '';
  const flush = (): void => {
    const joined = text;
    text = '';
    if (joined !== '' && !stream.destroyed) write(joined);
  };
  stream.write = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (typeof chunk === 'string' && rest.length === 0) {
      if (text === '') process.nextTick(flush);
      text += chunk;
      return true;
    }
    flush(); // what is no text keeps its place
    return write(chunk, ...rest);
  };
}
