import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error(`No package.json above ${fileURLToPath(import.meta.url)}.`);
  return findRoot(parent);
}

/** The folder of package.json, the same from test/ and from the compiled build/test/. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
