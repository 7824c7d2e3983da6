import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { projectRoot } from '../support/project-root.js';

const src = join(projectRoot, 'src');

/** The files of src: text by path (`redis/redis-client.ts`). */
export function readSources(): Map<string, string> {
  const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.ts'),
  );
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [relative(src, file).split(sep).join('/'), readFileSync(file, 'utf8')];
    }),
  );
}
