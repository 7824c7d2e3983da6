import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

/** Colour on a terminal that has any, unless NO_COLOR is set; FORCE_COLOR decides for every stream, `0` against it. */
export function usesColour(
  stream: Writable & Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>>,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused } = env;
  if (forced !== undefined) return forced !== '0' && forced.toLowerCase() !== 'false';
  if (refused !== undefined && refused !== '') return false;
  return stream.isTTY === true && (stream.hasColors?.(16, env) ?? false);
}
